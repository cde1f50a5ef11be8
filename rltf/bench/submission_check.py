"""Check that the submissions of a dataset get the verdicts that they must get."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rltf.problem import Problem
from rltf.sample import Sample
from rltf.scoring.pipeline import judge_jobs
from rltf.submission import NOT_PASSED, Submission
from rltf.verdict import Status, Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox


class SubmissionCheck:
    """Judges the submissions of some problems, and reports those with another verdict."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = [problem for problem in problems if problem.submissions]
        self._places = {problem.task_id: place for place, problem in enumerate(self._problems)}
        self._unexpected: dict[tuple[int, int], dict[str, Any]] = {}
        """(place of the problem, number of the submission) to an entry of the report."""

    @property
    def programs(self) -> int:
        """How many submissions there are to judge."""
        return sum(len(problem.submissions) for problem in self._problems)

    def run(self, sandbox: Sandbox) -> Iterator[None]:
        """Judge all submissions, and yield once for each."""
        jobs = (
            (problem, Sample(problem.task_id, submission.program, index=number))
            for problem in self._problems
            for number, submission in enumerate(problem.submissions)
        )
        for job, verdict in judge_jobs(jobs, sandbox, as_completed=True):
            submission = job.problem.submissions[job.sample.index]
            if (status := first_status(verdict)) not in submission.expected:
                key = self._places[job.problem.task_id], job.sample.index
                self._unexpected[key] = _entry(job.problem, submission, status, verdict)
            yield

    def report(self) -> dict[str, Any]:
        """Return the part of the report about submissions."""
        unexpected = [entry for _, entry in sorted(self._unexpected.items())]
        return {"programs": self.programs, "unexpected": unexpected}

    def lines(self) -> Iterator[str]:
        """Yield the report as text for a person; nothing if there are no submissions."""
        for entry in self.report()["unexpected"]:
            is_any = tuple(entry["expected"]) == NOT_PASSED
            expected = "any failure" if is_any else " or ".join(entry["expected"])
            yield (
                f"{entry['task_id']}, {entry['submission']}: {entry['status']}, not {expected}"
                f"  {entry['reason']}"
            ).rstrip()
        if self.programs:
            right = self.programs - len(self._unexpected)
            yield f"{right} of {self.programs} submissions get the verdict that they must get"


def first_status(verdict: Verdict) -> Status:
    """Return the status of the first test that failed, as contests judge; else the program's."""
    if verdict.status == "unscored":
        return "unscored"
    failed = (outcome.status for outcome in verdict.tests if not outcome.passed)
    return next(failed, verdict.status)


def _entry(
    problem: Problem, submission: Submission, status: Status, verdict: Verdict
) -> dict[str, Any]:
    return {
        "task_id": problem.task_id,
        "submission": submission.name,
        "status": status,
        "expected": list(submission.expected),
        "reason": verdict.reason,
    }
