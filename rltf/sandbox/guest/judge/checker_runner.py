"""A checker: the problem's own program that says whether an answer is right, in a judge's process.

The checker is trusted, and its faults are its own. What it is asked about is data that a program has
chosen, and which it may be unable to read: whether an answer or the checker itself is at fault, the client
finds out by asking about the expected answer, in a process that has seen nothing of the program's.
"""

from __future__ import annotations

import types
from typing import Any

from ..both import job_codec, programs, values
from .findings import ANSWER_OR_CHECKER, NOTHING, OUT_OF_MEMORY, PASSED, WRONG, Finding

FILENAME = "<checker>"


class CheckerFault(Exception):
    """The checker is no checker."""


def judge(source: str, test: bytes) -> Finding:
    """Asks about one answer: (what the program was given, its answer, the expected one).

    The answer to a ``call`` test is bytes, and is built only here.
    """
    try:
        given, answer, expected = job_codec.unpack(test)
        said = values.decode(answer, rich=True) if isinstance(answer, bytes) else answer
        return (PASSED if _check(source, given, said, expected) else WRONG), NOTHING
    except MemoryError:
        return ANSWER_OR_CHECKER, OUT_OF_MEMORY
    except BaseException as error:
        return ANSWER_OR_CHECKER, programs.describe(error, "judge", [])


def _check(source: str, given: Any, said: Any, expected: Any) -> bool:
    module = types.ModuleType("checker")
    exec(compile(source, FILENAME, "exec", dont_inherit=True), module.__dict__)
    check = module.__dict__.get("check")
    if not callable(check):
        raise CheckerFault("it defines no function check")
    found = check(given, said, expected)
    if type(found).__name__ not in ("bool", "bool_"):  # numpy's own is called either
        raise CheckerFault(f"check returned a {type(found).__name__}, which is no bool")
    return bool(found)
