"""Whether more text could make a program of what is none, as an interactive prompt finds out.

Parsing in this process is safe where the sandbox parsed the same text and lived to report an error.
"""

from __future__ import annotations

import codeop
import warnings

from rltf.common import syntax

_FILE_NAME = "<rltf sample>"
_LONGEST = 100_000
"""Characters of a program that may be looked at as cut off; no length limit lets more pass."""


def is_incomplete(program: str) -> bool:
    """Whether the parser ran out of program before anything was wrong."""
    if len(program) > _LONGEST:
        return False
    flags = (0, codeop.PyCF_ALLOW_INCOMPLETE_INPUT)  # type: ignore[attr-defined]
    plain, prompted = (_parse_error(program, flag) for flag in flags)
    return plain != prompted


def line_that_ends_hope(program: str) -> int:
    """First line (1-based) after which no text could make a program of those up to it.

    It is where CPython 3.9 reported an open bracket. The last line where there is always hope.
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
    # A filter and not catch_warnings, which is not safe where threads score.
    warnings.filterwarnings("ignore", module=_FILE_NAME)
    try:
        syntax.parse(program, _FILE_NAME, flags=flag)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return str(error)
    return None
