"""The mode in which each test is judged: split where that is exact, else guarded, else unscored.

The decision here depends on the problem alone. What only shows while a test runs in a judge ends it
there (``Session.unsplit``), and then it runs again, guarded (see ``code_tests``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

from rltf.problem import Problem, TestCase
from rltf.sandbox.judging import outcomes
from rltf.sandbox.judging.child_report import MAX_MESSAGE, clean
from rltf.sandbox.judging.literal_asserts import literal_assert
from rltf.sandbox.judging.name_origins import names_of
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


SPLIT = Mode("split")


def of(problem: Problem, index: int, judging: JudgingChoice) -> Mode:
    """Return the mode of a test of code."""
    test = problem.tests[index]
    if reason := names_of(problem).reason(index):
        return Mode("unscored", reason)
    reason = _reason(problem, test)
    if judging == "guarded":
        return Mode("guarded", reason or ALL_GUARDED)
    if not reason:
        return SPLIT
    if judging == "split":
        return Mode("unsplit", reason)
    return Mode("guarded", reason)


def unsplit(reason: str) -> TestOutcome:
    """Return the outcome of a test that splitting cannot judge, and that may not be guarded."""
    outcome = outcomes.unscored(f"it needs guarded judging: {reason}")
    return replace(outcome, judging_reason=clean(reason, MAX_MESSAGE))


def _reason(problem: Problem, test: TestCase) -> str:
    """Return why a test cannot be judged split; empty if it can, as far as its text shows."""
    if test.guarded or problem.guarded:
        return ASKED_FOR
    if not problem.setup_code and literal_assert(test.code) is not None:
        return ""
    return ""
