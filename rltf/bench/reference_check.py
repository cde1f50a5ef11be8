"""Check that a dataset's own solutions pass its tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rltf.bench.dataset_slice import DatasetSlice
from rltf.bench.submission_check import SubmissionCheck
from rltf.common.schema import SCHEMA
from rltf.errors import DataError
from rltf.explain.failure import explain, plain
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.samples.verdict_line import JudgingCounts, verdict_to_dict
from rltf.scoring.pipeline import judge_jobs
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

_MAX_EXPLAINED = 20
"""How many failing programs are shown with a test."""
_MAX_LINE_LENGTH = 200


class ReferenceCheck:
    """Judges every reference program of some problems, and reports those that fail.

    Raises :class:`DataError` if no problem has both tests and a reference program.
    """

    def __init__(self, dataset_slice: DatasetSlice) -> None:
        self._slice = dataset_slice
        self._checked = [problem for problem in dataset_slice.problems if problem.solutions]
        if not self._checked:
            raise DataError(
                f"dataset {dataset_slice.dataset} has no reference programs to check in "
                f"{dataset_slice.split} ({len(dataset_slice.problems)} problems with tests)"
            )
        self._rows = {problem.task_id: row for row, problem in enumerate(self._checked)}
        self._submissions = SubmissionCheck(dataset_slice.problems)
        self._statuses: Counter[str] = Counter()
        self._modes = JudgingCounts()
        self._failing: dict[tuple[int, int], dict[str, Any]] = {}
        """(row of the problem, number of the solution) to an entry of the report."""
        self._explanations: dict[tuple[int, int], list[str]] = {}

    @property
    def programs(self) -> int:
        """How many reference programs there are."""
        return sum(len(problem.solutions) for problem in self._checked)

    @property
    def jobs(self) -> int:
        """How many programs there are to judge."""
        return self.programs + self._submissions.programs

    def run(self, sandbox: Sandbox) -> Iterator[None]:
        """Judge all reference programs and submissions, and yield once for each.

        At the end, explain the failing ones that come first in the dataset.
        """
        verdicts: dict[tuple[int, int], Verdict] = {}
        jobs = (
            (problem, Sample(problem.task_id, program, index=number))
            for problem in self._checked
            for number, program in enumerate(problem.solutions)
        )
        for job, verdict in judge_jobs(jobs, sandbox, as_completed=True):
            self._statuses[verdict.status] += 1
            self._modes.add(verdict_to_dict(verdict))
            if not verdict.passed:
                key = self._rows[job.problem.task_id], job.sample.index
                self._failing[key] = _failure(job.problem, job.sample.index, verdict)
                verdicts[key] = verdict
                if len(verdicts) > _MAX_EXPLAINED:
                    del verdicts[max(verdicts)]
            yield
        for (row, number), verdict in verdicts.items():
            problem = self._checked[row]
            program = problem.solutions[number]
            self._explanations[row, number] = explain(sandbox, problem, program, verdict)
        yield from self._submissions.run(sandbox)

    def report(self) -> dict[str, Any]:
        """Return what ``rltf bench --check-references --json`` prints."""
        return {
            "schema": SCHEMA,
            "dataset": self._slice.dataset,
            "split": self._slice.split,
            "problems": len(self._slice.problems),
            "without_tests": len(self._slice.without_tests),
            "without_references": len(self._slice.problems) - len(self._checked),
            "checked": len(self._checked),
            "failing_problems": len({row for row, _ in self._failing}),
            "programs": self.programs,
            "statuses": dict(sorted(self._statuses.items())),
            "unscored": self._statuses["unscored"],
            "modes": self._modes.to_dict(),
            "submissions": self._submissions.report(),
            "left_out": dict(self._slice.source.skipped),
            "failing": [failure for _, failure in sorted(self._failing.items())],
        }

    def lines(self) -> Iterator[str]:
        """Yield the report as text for a person."""
        for key, failure in sorted(self._failing.items()):
            yield _headline(failure)
            yield from (f"    {line}" for line in self._explanations.get(key, ())[1:])
        if (unexplained := len(self._failing) - len(self._explanations)) > 0:
            yield f"no test is shown for the last {unexplained} programs that fail"
        yield from _totals(self.report())
        yield from self._submissions.lines()
        for mode in ("guarded", "unscored"):
            yield from (f"  {reason}" for reason in self._modes.reasons(mode))


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


def _headline(failure: dict[str, Any]) -> str:
    tests = f"{len(failure['failed_tests'])} of {failure['tests']} tests"
    error = failure["error"]
    cause = failure["reason"] or (f"{error['type']}: {error['message']}" if error else "")
    program = f"{failure['task_id']}, solution {failure['solution']}"
    line = f"{program}: {failure['status']} in {tests}  {cause}"
    return plain(line, _MAX_LINE_LENGTH).rstrip()


def _totals(report: dict[str, Any]) -> Iterator[str]:
    checked, failing = report["checked"], report["failing_problems"]
    yield (
        f"{checked - failing} of {checked} problems pass with all of their own solutions "
        f"({report['programs']} programs)"
    )
    passed = ", ".join(f"{count} {mode}" for mode, count in report["modes"]["passed"].items())
    yield f"programs that pass: {passed}; unscored: {report['unscored']}"
    if report["without_references"]:
        yield f"{report['without_references']} problems have no solution of their own"
    for reason, count in Counter(report["left_out"].values()).most_common():
        yield f"{count} {'problem was' if count == 1 else 'problems were'} left out: {reason}"
    if without_tests := report["without_tests"] - len(report["left_out"]):
        yield f"{without_tests} problems without tests were left out"
