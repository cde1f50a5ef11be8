"""Runs an output validator that is a Python program, as the source of a checker.

The file is read as text and becomes part of a checker, so it imports only the standard library.
The validator finds its files in memory, because a checker has no files: its arguments are the
input, the answer and a folder for feedback, and its standard input is the output of the program.
"""

from __future__ import annotations

import builtins
import io
import os
import sys
from collections.abc import Sequence
from typing import Any

INPUT, ANSWER, FEEDBACK = "/kattis/test.in", "/kattis/test.ans", "/kattis/feedback/"
ACCEPTED, WRONG = 42, 43


def is_accepted(program: str, flags: Sequence[str], input: str, output: str, answer: str) -> bool:
    """Return what a validator says about the output of a program.

    Raises ``RuntimeError`` if it says neither yes nor no.
    """
    contents = {INPUT: input, ANSWER: answer}
    real_open = io.open

    def open_in_memory(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if not isinstance(file, str | os.PathLike):
            return real_open(file, mode, *args, **options)
        path = os.path.normpath(os.fspath(file))
        if path in contents:
            return _file(contents[path], mode)
        if path.startswith(FEEDBACK.rstrip("/")):
            return _file("", mode)
        return real_open(file, mode, *args, **options)

    builtins.open = io.open = open_in_memory
    sys.argv = ["validator", INPUT, ANSWER, FEEDBACK, *flags]
    sys.stdin = _file(output, "r")
    code: Any = 0
    try:
        exec(compile(program, "<validator>", "exec", dont_inherit=True), {"__name__": "__main__"})
    except SystemExit as end:
        code = end.code
    if code not in (ACCEPTED, WRONG):
        raise RuntimeError(f"the validator ended with {code!r}, not with {ACCEPTED} or {WRONG}")
    return bool(code == ACCEPTED)


def _file(text: str, mode: str) -> Any:
    data = io.BytesIO(text.encode("utf-8", "surrogateescape"))
    return data if "b" in mode else io.TextIOWrapper(data, "utf-8", "surrogateescape")
