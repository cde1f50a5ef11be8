"""A checker: the problem's own program that says whether an answer is right, in a judge's process.

The checker is trusted, and its faults are its own. What it is asked about is data that a program has
chosen, and which it may be unable to read: what it raises only for the program's answer, and not for the
expected one, makes the answer wrong.
"""

from __future__ import annotations

import types
from typing import Any

from . import orders, programs, values
from .session import CALLED, NOTHING, PASSED, TEST_FAULT, WRONG

FILENAME = "<checker>"

Finding = tuple[str, tuple[Any, ...]]


class CheckerFault(Exception):
    """The checker is no checker."""


def judge(source: str, test: bytes) -> Finding:
    """Asks about one answer: (what the program was given, its answer, the expected one).

    The answer to a ``call`` test is bytes, and is built only here.
    """
    given, answer, expected = orders.unpack(test)
    try:
        said = values.decode(answer, rich=True) if isinstance(answer, bytes) else answer
    except Exception as error:
        return WRONG, programs.describe(error, "judge", [])
    programs.report(CALLED, b"")  # from here on it is the checker that takes its time
    try:
        return (PASSED if _check(source, given, said, expected) else WRONG), NOTHING
    except BaseException as error:
        fault = programs.describe(error, "judge", [])
    given, _, expected = orders.unpack(test)  # the checker may have changed them
    try:
        _check(source, given, expected, expected)
    except BaseException:
        return TEST_FAULT, fault
    return WRONG, fault


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
