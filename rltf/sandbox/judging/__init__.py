"""Judging one program against the tests of its problem, in the client's process."""
