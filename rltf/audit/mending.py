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
    kept = [each for each in problems if not audits[each.task_id].left_out]
    weak = [each for each in kept if audits[each.task_id].is_mended]
    idle = {each.task_id: _idle(each, audits[each.task_id]) for each in weak}
    eased = {each.task_id: _eased(each, idle[each.task_id], sandboxes) for each in weak}

    def new_tests(problems: Sequence[Problem], seed: int) -> Iterator[Sequence[TestCase]]:
        augmenter = Augmenter(sandboxes.shared, sandboxes.main, TESTS_PER_PROBLEM, seed)
        for result in augment_all(
            problems, augmenter, workers, seed=seed, wrong=idle, model_inputs={}
        ):
            yield result.problem.tests[len(result.problem.tests) - result.added :]

    found = new_tests(list(eased.values()), report.seed)
    for problem in kept:
        audit = audits[problem.task_id]
        if not audit.is_mended:
            yield Mended(problem)
            continue
        tests = list(next(found))
        paid = _still_paid(_with(problem, tests), payer, sandboxes) if idle[problem.task_id] else ""
        for number in range(_ROUNDS):
            if not paid:
                break
            (more,) = new_tests([eased[problem.task_id]], derive_seed(report.seed, "more", number))
            tests += [each for each in more if each not in tests]
            paid = _still_paid(_with(problem, tests), payer, sandboxes)
        if paid:
            yield Mended(problem, left_out=f"{paid}, and more tests do not help")
            continue
        reasons = [each.what for each in audit.findings if each.consequence == "mended"]
        done = f"{len(tests)} test{'s' * (len(tests) != 1)} added"
        metadata = dict(problem.metadata) | {_KEY: f"{'; '.join(reasons)}: {done}"}
        yield Mended(replace(_with(problem, tests), metadata=metadata), len(tests))


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


def _still_paid(problem: Problem, payer: Payer, sandboxes: Sandboxes) -> str:
    """Return what an idle program is paid in spite of the new tests; empty: nothing."""
    references = problem.solutions[:MOST_REFERENCES]
    jobs = [(problem, program) for program in references]
    judged = zip(references, sandboxes.alone.judge_many(jobs), strict=True)
    right = next((pair for pair in judged if pair[1].passed), None)
    if right is None:
        return "no reference passes the new tests"
    _, findings = pay(problem, right, payer, sandboxes.alone)
    return next((each.what for each in findings if each.consequence != "noted"), "")
