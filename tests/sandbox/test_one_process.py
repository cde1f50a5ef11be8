"""Split mode and one process give the same result, for right and for wrong programs.

The expectation is computed: the same program and test in one process, by real pytest.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rltf import Limits, Problem, TestCase, TestOutcome
from rltf.sandbox import Sandbox

from .one_process.case import Case, beside, table

CASES = table()
LIMITS = Limits(cpu_s=5.0, wall_s=10.0)


@dataclass(frozen=True)
class Row:
    """A case with one of its programs, and whether plain CPython passes it."""

    case: Case
    program: str
    is_right: bool

    @property
    def problem(self) -> Problem:
        return Problem("t", "", [TestCase.assertion(self.case.test)], limits=LIMITS)


ROWS = {
    f"{case.name}{f': wrong {i}' * (i > 0)}": Row(case, program, i == 0)
    for case in CASES
    for i, program in enumerate((case.program, *case.wrong))
}


def judged(sandbox: Sandbox, row: Row) -> TestOutcome:
    (outcome,) = sandbox.judge(row.problem, row.program).tests
    return outcome


@pytest.mark.slow
def test_the_table_says_what_plain_python_says() -> None:
    said = beside([(row.program, row.case.test) for row in ROWS.values()])
    wrong = [
        name
        for (name, row), passed in zip(ROWS.items(), said, strict=True)
        if passed != row.is_right
    ]
    assert wrong == []


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


RIGHT = [pytest.param(row, id=name) for name, row in ROWS.items() if row.is_right]
WRONG = [pytest.param(row, id=name) for name, row in ROWS.items() if not row.is_right]


@pytest.mark.parametrize("row", RIGHT)
def test_split_mode_passes_what_passes_in_one_process(any_sandbox: Sandbox, row: Row) -> None:
    outcome = judged(any_sandbox, row)
    assert outcome.judging == "split", outcome
    assert outcome.passed, outcome


@pytest.mark.one_in(3)
@pytest.mark.parametrize("row", WRONG)
def test_split_mode_fails_what_fails_in_one_process(any_sandbox: Sandbox, row: Row) -> None:
    outcome = judged(any_sandbox, row)
    assert outcome.judging == "split", outcome
    assert outcome.status not in ("passed", "unscored"), outcome
