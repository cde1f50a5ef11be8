"""The mode in which each test is judged: split where that is exact, else guarded, else unscored.

The decision here depends on the problem alone. What only shows while a test runs in a judge ends it
there (``Session.unsplit``), and then it runs again, guarded (see ``code_tests``).
"""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import Literal, NamedTuple

from rltf.common import syntax
from rltf.problem import Problem, TestCase
from rltf.sandbox.judging import (
    code_loading,
    file_uses,
    one_process,
    out_of_reach,
    outcomes,
    reference_needs,
)
from rltf.sandbox.judging.literal_asserts import literal_assert
from rltf.sandbox.judging.name_origins import names_of
from rltf.sandbox.judging.name_uses import FILENAME
from rltf.sandbox.judging.outcomes import MAX_MESSAGE, clean
from rltf.sandbox.judging.static_names import StaticNames
from rltf.verdict import JudgingChoice, TestOutcome

ALL_GUARDED = "all test code is judged guarded (--judging guarded)"
"""The reason of a test that would have been judged split otherwise."""
ASKED_FOR = 'the problem asks for it ("guarded": true)'


class Mode(NamedTuple):
    """How a test is judged."""

    judging: Literal["split", "guarded", "unsplit", "unscored"]
    """``unsplit``: it is unscored only because it may not be guarded."""
    reason: str = ""
    """Why it is not split."""


_SPLIT = Mode("split")
_REBINDING = ("global", "__name__", "__main__")
"""One of these words is in every test that rebinds a global of the program."""
_known: dict[int, tuple[weakref.ref[Problem], dict[int, Mode]]] = {}
_PROBLEM = -1
"""Stands for the whole problem among the indices of tests."""


def of(problem: Problem, index: int, judging: JudgingChoice) -> Mode:
    """Return the mode of a test of code."""
    modes = _modes(problem)
    if _PROBLEM not in modes:
        missing = out_of_reach.missing_module(problem)
        modes[_PROBLEM] = Mode("unscored", missing) if missing else _SPLIT
    if modes[_PROBLEM].reason:
        return modes[_PROBLEM]
    mode = modes.get(index)
    if mode is None:
        mode = modes[index] = _own_mode(problem, index)
    if judging == "guarded" and mode.judging == "split":
        return Mode("guarded", ALL_GUARDED)
    if judging == "split" and mode.judging == "guarded":
        return Mode("unsplit", mode.reason)
    return mode


def unsplit(reason: str) -> TestOutcome:
    """Return the outcome of a test that splitting cannot judge, and that may not be guarded."""
    outcome = outcomes.unscored(f"it needs guarded judging: {reason}")
    return replace(outcome, judging_reason=clean(reason, MAX_MESSAGE))


def rebound(problem: Problem, test: TestCase) -> tuple[str, ...]:
    """Return the names that a test binds anew for the program too; ``*``: any of them."""
    words = any(word in code for code in (problem.setup_code, test.code) for word in _REBINDING)
    if not words and ("import" not in test.code or not problem.solutions):
        return ()
    if (names := static_names(problem, test)) is None:
        return ()
    found = one_process.rebound(names) if words else ()
    return (*found, *reference_needs.shared_imports(problem, test, names))


def _modes(problem: Problem) -> dict[int, Mode]:
    """Return the modes of a problem's tests that are known. They live as long as it."""
    number = id(problem)
    known = _known.get(number)
    if known is None or known[0]() is not problem:
        reference = weakref.ref(problem, lambda _: _known.pop(number, None))
        known = _known[number] = reference, {}
    return known[1]


def _own_mode(problem: Problem, index: int) -> Mode:
    """Return the mode that fits a test best."""
    test = problem.tests[index]
    if reason := names_of(problem).reason(index):
        return Mode("unscored", reason)
    if reason := out_of_reach.missing_in("the test", test.code, problem):
        return Mode("unscored", reason)
    if reason := reference_needs.unscored_reason(problem, test):
        return Mode("unscored", reason)
    is_asked_for = test.guarded or problem.guarded
    if not (is_asked_for or problem.setup_code) and literal_assert(test.code) is not None:
        return _SPLIT
    if (names := static_names(problem, test)) is not None:
        if reason := out_of_reach.reason(names):
            return Mode("unscored", reason)
        has_files = problem.files or file_uses.uses_files(test.code)
        if not is_asked_for and (reason := one_process.reason(names)):
            return Mode("guarded", reason)
        if not is_asked_for and (reason := reference_needs.guarded_reason(problem, test, names)):
            return Mode("guarded", reason)
        if not is_asked_for and (reason := code_loading.reason(names, has_files=has_files)):
            return Mode("guarded", reason)
    return Mode("guarded", ASKED_FOR) if is_asked_for else _SPLIT


def static_names(problem: Problem, test: TestCase) -> StaticNames | None:
    """Return what the names in a test stand for; ``None`` for code that cannot be parsed."""
    try:
        trees = [syntax.parse(code, FILENAME) for code in (problem.setup_code, test.code)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names = names_of(problem)
    return StaticNames(trees, names.program, names.standard)
