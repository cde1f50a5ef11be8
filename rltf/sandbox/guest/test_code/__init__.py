"""Running test code as pytest and unittest would: in a judge, and in guarded mode beside the program."""
