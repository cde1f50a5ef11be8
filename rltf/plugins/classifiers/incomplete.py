"""Decide whether more text could complete an invalid program, as an interactive prompt does.

It is safe to parse a program in this process if the sandbox parsed it and reported an error.
"""

from __future__ import annotations

import codeop
import warnings

from rltf.common import syntax

_FILE_NAME = "<rltf sample>"
_LONGEST = 100_000
"""Characters. A longer program is never incomplete: a length limit would have cut it before."""


def is_incomplete(program: str) -> bool:
    """Return whether the parser reached the end of the program before it found an error."""
    if len(program) > _LONGEST:
        return False
    flags = (0, codeop.PyCF_ALLOW_INCOMPLETE_INPUT)  # type: ignore[attr-defined]
    normal_error, interactive_error = (_parse_error(program, flag) for flag in flags)
    return normal_error != interactive_error


def first_fatal_line(program: str) -> int:
    """Return the first line (1-based) after which no text could complete the program.

    CPython 3.9 reported an open bracket there. Returns the last line if more text could always
    complete the program.
    """
    lines = program.removesuffix("\n").split("\n")
    low, high = 1, len(lines)
    while low < high:
        middle = (low + high) // 2
        start = "\n".join(lines[:middle]) + "\n"
        if _parse_error(start, 0) is None or is_incomplete(start):
            low = middle + 1
        else:
            high = middle
    return low


def _parse_error(program: str, flag: int) -> str | None:
    # catch_warnings is not thread-safe, and programs are scored in threads.
    warnings.filterwarnings("ignore", module=_FILE_NAME)
    try:
        syntax.parse(program, _FILE_NAME, flags=flag)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return str(error)
    return None
