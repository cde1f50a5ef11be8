"""Do a dataset's own solutions pass its tests?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rltf.bench.config import SCHEMA
from rltf.bench.dataset_slice import DatasetSlice
from rltf.dataset import DataError
from rltf.explain.failure import explain, plain
from rltf.problem import Problem
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

_EXPLAINED = 20
"""Failing programs of which a test is shown."""
_LONGEST_LINE = 200


class ReferenceCheck:
    """Judges every reference program of some problems, and reports those that do not pass.

    Raises :class:`DataError` where no problem has both tests and a reference program.
    """

    def __init__(self, part: DatasetSlice) -> None:
        self._part = part
        self._checked = [problem for problem in part.problems if problem.solutions]
        if not self._checked:
            raise DataError(
                f"dataset {part.dataset} has no reference programs to check in {part.split} "
                f"({len(part.problems)} problems with tests)"
            )
        self._statuses: Counter[str] = Counter()
        self._failing: dict[tuple[int, int], dict[str, Any]] = {}
        self._shown: dict[tuple[int, int], list[str]] = {}

    @property
    def programs(self) -> int:
        """How many there are to judge."""
        return sum(len(problem.solutions) for problem in self._checked)

    def run(self, sandbox: Sandbox) -> Iterator[None]:
        """Judge them all; yields once a program.

        Of those that fail, the first in the dataset's order are explained at the end.
        """
        verdicts: dict[tuple[int, int], Verdict] = {}
        places = [
            (row, number)
            for row, problem in enumerate(self._checked)
            for number in range(len(problem.solutions))
        ]
        programs = (
            (self._checked[row], self._checked[row].solutions[number]) for row, number in places
        )
        for index, verdict in sandbox.judge_many(programs, as_completed=True):
            row, number = places[index]
            self._statuses[verdict.status] += 1
            if not verdict.passed:
                self._failing[row, number] = _failure(self._checked[row], number, verdict)
                verdicts[row, number] = verdict
                if len(verdicts) > _EXPLAINED:
                    del verdicts[max(verdicts)]
            yield
        for row, number in verdicts:
            problem = self._checked[row]
            self._shown[row, number] = explain(
                sandbox, problem, problem.solutions[number], verdicts[row, number]
            )

    def report(self) -> dict[str, Any]:
        """What ``rltf bench --check-references --json`` prints."""
        failing = [self._failing[place] for place in sorted(self._failing)]
        return {
            "schema": SCHEMA,
            "dataset": self._part.dataset,
            "split": self._part.split,
            "problems": len(self._part.problems),
            "without_tests": len(self._part.without_tests),
            "without_references": len(self._part.problems) - len(self._checked),
            "checked": len(self._checked),
            "failing_problems": len({row for row, _ in self._failing}),
            "programs": self.programs,
            "statuses": dict(sorted(self._statuses.items())),
            "unscored": self._statuses["unscored"],
            "failing": failing,
        }

    def lines(self) -> Iterator[str]:
        """The report as a person reads it."""
        report = self.report()
        for place, row in sorted(self._failing.items()):
            tests = f"{len(row['failed_tests'])} of {row['tests']} tests"
            error = row["error"]
            why = row["reason"] or (f"{error['type']}: {error['message']}" if error else "")
            head = (
                f"{row['task_id']}, solution {row['solution']}: {row['status']} in {tests}  {why}"
            )
            yield plain(head, _LONGEST_LINE).rstrip()
            yield from (f"    {line}" for line in self._shown.get(place, ())[1:])
        if (left := len(self._failing) - len(self._shown)) > 0:
            yield f"no test is shown for the last {left} programs that fail"
        yield from _totals(report)


def _failure(problem: Problem, number: int, verdict: Verdict) -> dict[str, Any]:
    failed = [test for test, outcome in enumerate(verdict.tests) if not outcome.passed]
    return {
        "task_id": problem.task_id,
        "solution": number,
        "status": verdict.status,
        "failed_tests": failed,
        "tests": len(problem.tests),
        "error": verdict.error.to_dict() if verdict.error else None,
        "reason": verdict.reason,
    }


def _totals(report: dict[str, Any]) -> Iterator[str]:
    checked, failing = report["checked"], report["failing_problems"]
    yield (
        f"{checked - failing} of {checked} problems pass with all of their own solutions "
        f"({report['programs']} programs)"
    )
    if report["without_references"]:
        yield f"{report['without_references']} problems have no solution of their own"
    if report["without_tests"]:
        yield f"{report['without_tests']} problems without tests were left out"
