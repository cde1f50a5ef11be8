"""Running a checker, the problem's own code that decides whether an answer is right.

The checker is trusted, and its faults are its own. But it is asked about data that a program has
chosen, and may be unable to read it. To find out whether the answer or the checker is at fault, the
client asks about the expected answer, in a process that has seen nothing of the program.
"""

from __future__ import annotations

import types
from typing import Any

from ..shared import exceptions, job_codec, values
from ..test_code import nothing_compared
from .findings import ANSWER_OR_CHECKER, NOTHING, OUT_OF_MEMORY, PASSED, WRONG, Finding

FILENAME = "<checker>"


class CheckerFault(Exception):
    """The checker does not have the form of a checker."""


def judge(source: str, test: bytes) -> Finding:
    """Ask about one answer: (the program's input, its answer, the expected answer).

    The answer to a ``call`` test is bytes, and is decoded only here.
    """
    try:
        inputs, answer, expected = job_codec.unpack(test)
        decoded = values.decode(answer, rich=True) if isinstance(answer, bytes) else answer
        return (PASSED if _check(source, inputs, decoded, expected) else WRONG), NOTHING
    except MemoryError:
        return ANSWER_OR_CHECKER, OUT_OF_MEMORY
    except BaseException as error:
        return ANSWER_OR_CHECKER, exceptions.describe(error, "judge", [])


def _check(source: str, inputs: Any, answer: Any, expected: Any) -> bool:
    nothing_compared.prepare(source)
    module = types.ModuleType("checker")
    exec(compile(source, FILENAME, "exec", dont_inherit=True), module.__dict__)
    check = module.__dict__.get("check")
    if not callable(check):
        raise CheckerFault("it defines no function check")
    verdict = check(inputs, answer, expected)
    if type(verdict).__name__ not in ("bool", "bool_"):  # numpy's own has either name
        raise CheckerFault(f"check returned a {type(verdict).__name__}, which is no bool")
    return bool(verdict)
