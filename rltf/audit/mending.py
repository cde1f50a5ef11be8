"""A better dataset: without the problems that are broken, and with more tests for weak ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rltf.audit.findings import AuditReport, ProblemAudit
from rltf.audit.free_rewards import Payer, cured_by_tests, pay
from rltf.audit.idle_programs import idle_programs
from rltf.audit.references import MOST_REFERENCES
from rltf.augment.augmenter import Augmenter
from rltf.augment.dataset import augment_all
from rltf.common.seeds import derive_seed
from rltf.problem import Problem, TestCase

if TYPE_CHECKING:
    from rltf.audit.sandboxes import Sandboxes

TESTS_PER_PROBLEM = 10
_ROUNDS = 6
"""How often more tests are made while an idle program is still paid."""
_KEY = "audit"
"""The key of a problem's metadata that says what was found and done."""


@dataclass(frozen=True)
class Mended:
    """One problem of the better dataset."""

    problem: Problem
    added: int = 0
    """Tests that were added."""
    left_out: str = ""
    """Why more tests do not help; empty if the problem is kept."""


def mended(
    report: AuditReport,
    problems: Sequence[Problem],
    sandboxes: Sandboxes,
    payer: Payer,
    workers: int,
) -> Iterator[Mended]:
    """Yield the problems that are not left out, in order, with new tests where they help."""
    audits = {audit.task_id: audit for audit in report.problems}
    kept = [(each, audits[each.task_id]) for each in problems if not audits[each.task_id].left_out]
    mender = _Mender(
        [pair for pair in kept if pair[1].is_mended], sandboxes, payer, workers, report.seed
    )
    for problem, audit in kept:
        yield mender.mend(problem, audit) if audit.is_mended else Mended(problem)


class _Mender:
    """Makes tests for weak problems, which are mended in their order."""

    def __init__(
        self,
        weak: Sequence[tuple[Problem, ProblemAudit]],
        sandboxes: Sandboxes,
        payer: Payer,
        workers: int,
        seed: int,
    ) -> None:
        self._sandboxes = sandboxes
        self._payer = payer
        self._workers = workers
        self._seed = seed
        self._idle = {problem.task_id: _idle(problem, audit) for problem, audit in weak}
        self._eased = {
            problem.task_id: _eased(problem, self._idle[problem.task_id], sandboxes)
            for problem, _ in weak
        }
        self._first_tests = self._new_tests(list(self._eased.values()), seed)

    def mend(self, problem: Problem, audit: ProblemAudit) -> Mended:
        """Return the problem with new tests; leave it out if an idle program is paid even so."""
        tests = list(next(self._first_tests))
        paid = self._still_paid(problem, tests)
        for number in range(_ROUNDS):
            if not paid:
                break
            seed = derive_seed(self._seed, "more", number)
            (more,) = self._new_tests([self._eased[problem.task_id]], seed)
            tests += [each for each in more if each not in tests]
            paid = self._still_paid(problem, tests)
        if paid:
            return Mended(problem, left_out=f"{paid}, and more tests do not help")
        reasons = [each.what for each in audit.findings if each.consequence == "mended"]
        done = f"{len(tests)} test{'s' * (len(tests) != 1)} added"
        metadata = dict(problem.metadata) | {_KEY: f"{'; '.join(reasons)}: {done}"}
        return Mended(replace(_with(problem, tests), metadata=metadata), len(tests))

    def _new_tests(self, problems: Sequence[Problem], seed: int) -> Iterator[Sequence[TestCase]]:
        """Yield new tests for each problem, which catch its mutants and its idle programs."""
        augmenter = Augmenter(self._sandboxes.shared, self._sandboxes.main, TESTS_PER_PROBLEM, seed)
        for result in augment_all(
            problems, augmenter, self._workers, seed=seed, wrong=self._idle, model_inputs={}
        ):
            yield result.problem.tests[len(result.problem.tests) - result.added :]

    def _still_paid(self, problem: Problem, tests: Sequence[TestCase]) -> str:
        """Return what an idle program is paid in spite of the new tests; empty: nothing."""
        if not self._idle[problem.task_id]:
            return ""
        stronger = _with(problem, tests)
        references = problem.solutions[:MOST_REFERENCES]
        jobs = [(stronger, program) for program in references]
        judged = zip(references, self._sandboxes.alone.judge_many(jobs), strict=True)
        right = next((pair for pair in judged if pair[1].passed), None)
        if right is None:
            return "no reference passes the new tests"
        _, findings = pay(stronger, right, self._payer, self._sandboxes.alone)
        return next((each.what for each in findings if each.consequence != "noted"), "")


def _with(problem: Problem, tests: Sequence[TestCase]) -> Problem:
    return replace(problem, tests=[*problem.tests, *tests])


def _idle(problem: Problem, audit: ProblemAudit) -> list[str]:
    """Return the idle programs that are paid and that more tests can catch."""
    programs = idle_programs(problem)
    return [programs[name] for name in cured_by_tests(audit.rewards)]


def _eased(problem: Problem, idle: Sequence[str], sandboxes: Sandboxes) -> Problem:
    """Return the problem with only those tests that an idle program passes.

    New tests are chosen against programs that pass all tests.
    """
    if not idle:
        return problem
    verdict = sandboxes.alone.judge(problem, idle[0])
    pairs = zip(problem.tests, verdict.tests, strict=False)
    return replace(problem, tests=[test for test, outcome in pairs if outcome.passed])
