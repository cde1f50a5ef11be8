"""References that fail, that are slow, or that fail when something changes that must not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rltf.audit.findings import Finding, lines_of
from rltf.audit.variations import VARIATIONS, Variation, depends_on_hash_seed, keeps_state
from rltf.problem import Problem
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.audit.sandboxes import Sandboxes

MOST_REFERENCES = 10
"""How many references of a problem are judged."""
_MOST_SHOWN = 3
_HALF = 0.5
_NEAR = 0.7


@dataclass(frozen=True)
class References:
    """A problem's references, judged."""

    passing: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    """Of those that pass."""
    findings: tuple[Finding, ...] = ()
    unchecked: str = ""


def judged(problem: Problem, sandboxes: Sandboxes) -> References:
    """Judge the references against the problem's own tests."""
    programs = list(dict.fromkeys(problem.solutions[:MOST_REFERENCES]))
    if not programs:
        return References(unchecked="references: there is none")
    verdicts = _verdicts(problem, programs, sandboxes)
    passing = [pair for pair in zip(programs, verdicts, strict=True) if pair[1].passed]
    failing = [each for each in verdicts if not each.passed and each.status != "unscored"]
    unscored = [each for each in verdicts if each.status == "unscored"]
    findings = []
    if failing:
        count = f"{len(failing)} of {len(verdicts)} references"
        fault = "fails its tests" if len(verdicts) == 1 else "fail the tests"
        findings.append(
            Finding(
                "failing_reference",
                f"{'the reference' if len(verdicts) == 1 else count} {fault}",
                "noted" if passing else "left_out",
                lines_of(map(_failure, failing[:_MOST_SHOWN])),
            )
        )
    return References(
        tuple(program for program, _ in passing),
        tuple(verdict for _, verdict in passing),
        (*findings, *_slow(problem, [verdict for _, verdict in passing], sandboxes)),
        f"references: {unscored[0].reason}" if unscored and not passing else "",
    )


def fragile(problem: Problem, judged: References, sandboxes: Sandboxes) -> list[Finding]:
    """Return what a right program fails under that must not matter."""
    findings = _changed(problem, judged.passing, sandboxes)
    if _share_of_limit(problem, judged.verdicts, sandboxes) > _HALF:
        findings.append(Finding("fragile", "a reference fails under half the time limit", "noted"))
    return findings


def _verdicts(problem: Problem, programs: Sequence[str], sandboxes: Sandboxes) -> list[Verdict]:
    """Judge each test alone; what fails is judged again in the isolation of the dataset."""
    verdicts = list(sandboxes.alone.judge_many([(problem, program) for program in programs]))
    return [
        verdict if verdict.passed else sandboxes.main.judge(problem, program)
        for program, verdict in zip(programs, verdicts, strict=True)
    ]


def _changed(problem: Problem, passing: Sequence[str], sandboxes: Sandboxes) -> list[Finding]:
    """Judge the first passing reference under conditions that must not matter.

    Conditions that cannot make a difference are left out, by a look at the texts. The others are
    changed at once; only a program that fails then is judged under each alone.
    """
    if not passing or problem.literal_answer:
        return []
    program = passing[0]
    applying = [each for each in VARIATIONS if each.applies(problem, program)]
    is_seeded = depends_on_hash_seed(problem, program)
    findings: list[Finding] = []
    if applying or is_seeded:
        changed: tuple[Problem, str] = problem, program
        for variation in applying:
            changed = variation.changed(*changed)
        suspects = [sandboxes.seeded(1).judge(*changed)]
        if is_seeded:
            suspects += [sandboxes.seeded(seed).judge(problem, program) for seed in (2, 3)]
        if any(map(_fails, suspects)):
            findings += _alone(problem, program, applying, is_seeded, sandboxes)
    if len(problem.tests) > 1 and keeps_state(program):
        findings += _in_another_order(problem, program, sandboxes)
    return findings


def _alone(
    problem: Problem,
    program: str,
    applying: Sequence[Variation],
    is_seeded: bool,
    sandboxes: Sandboxes,
) -> list[Finding]:
    """Return a finding for each condition under which the program fails."""
    if _fails(sandboxes.alone.judge(problem, program)):
        return []  # it needs the isolation of its dataset
    findings = []
    for variation in applying:
        if _fails(verdict := sandboxes.alone.judge(*variation.changed(problem, program))):
            findings.append(_finding(variation.name, verdict, variation.is_serious))
    if is_seeded:
        verdicts = [sandboxes.seeded(seed).judge(problem, program) for seed in (1, 2, 3)]
        if failing := next(filter(_fails, verdicts), None):
            findings.append(_finding("another hash seed", failing, True))
    return findings


def _in_another_order(problem: Problem, program: str, sandboxes: Sandboxes) -> list[Finding]:
    """Run the tests of a program backwards, all in one process."""
    if not _fails(backwards := sandboxes.shared.judge(_reversed(problem), program)):
        return []
    if _fails(verdict := sandboxes.shared.judge(problem, program)):
        return [_finding("one process for all tests", verdict, False)]
    return [_finding("another order of the tests", backwards, True)]


def _finding(condition: str, verdict: Verdict, is_serious: bool) -> Finding:
    return Finding(
        "fragile",
        f"the reference fails under {condition}",
        "left_out" if is_serious else "noted",
        lines_of([_failure(verdict)]),
    )


def _slow(problem: Problem, verdicts: Sequence[Verdict], sandboxes: Sandboxes) -> list[Finding]:
    if _share_of_limit(problem, verdicts, sandboxes) <= _NEAR:
        return []
    what = "a reference needs more than 70 % of the time limit"
    return [Finding("slow_reference", what, "noted")]


def _share_of_limit(problem: Problem, verdicts: Sequence[Verdict], sandboxes: Sandboxes) -> float:
    """Return the CPU time of the slowest test, as a share of the limit."""
    limit = (problem.limits or sandboxes.main.limits).cpu_s
    return max((test.cpu_s for each in verdicts for test in each.tests), default=0.0) / limit


def _reversed(problem: Problem) -> Problem:
    return replace(problem, tests=list(problem.tests)[::-1])


def _fails(verdict: Verdict) -> bool:
    return not verdict.passed and verdict.status != "unscored"


def _failure(verdict: Verdict) -> str:
    """Return the first failing test of a verdict, and why it fails."""
    failing = [number for number, test in enumerate(verdict.tests, 1) if not test.passed]
    error = verdict.error
    cause = f" ({error.type}: {error.message})" if error else ""
    return f"{verdict.status} in test {failing[0] if failing else 1}{cause}"
