"""Weak tests: mutants of a reference that pass all tests, and differ on an input of the domain.

A screen finds suspects: one process runs all mutants of some problems. The sandbox then judges a
suspect as it judges any program: it passes the problem's own tests, it fails a new test, and all
references pass that test. Only then is there a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rltf.audit.changed_line import changed_line
from rltf.audit.findings import Coverage, Finding, lines_of
from rltf.audit.screen import Screened, Subject, screen
from rltf.augment.mutants import edited, some_edits
from rltf.augment.new_inputs import new_inputs
from rltf.augment.nondeterminism import may_depend_on_chance
from rltf.augment.reference_outputs import quick
from rltf.augment.signatures import Signature, signature_of
from rltf.augment.test_selection import cover
from rltf.common.literals import literal_value
from rltf.common.seeds import StableRandom, derive_seed
from rltf.problem import Problem, TestCase

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

MUTANTS = 24
"""The most mutants of a problem's reference."""
INPUTS = 24
"""The most new inputs of a problem."""
_MOST_SUSPECTS = 2
"""Suspects that are judged, until one is confirmed."""
_MOST_REFERENCES = 5
_CPU_S = 0.1
"""The CPU time of a suspect in a test. Many never end, and one that is too slow is only missed."""


@dataclass(frozen=True)
class Strength:
    """How strong a problem's tests are."""

    mutants: int | None = None
    survivors: int = 0
    coverage: Coverage | None = None
    caught: tuple[str, TestCase] | None = None
    """The survivor, and a test that it fails."""
    finding: Finding | None = None
    unchecked: str = ""


@dataclass(frozen=True)
class _Trial:
    """A problem that can be tried, and the references that say what is right."""

    subject: Subject
    references: Sequence[str]


def strengths(
    cases: Sequence[tuple[Problem, Sequence[str]]], sandbox: Sandbox, seed: int
) -> list[Strength]:
    """Try mutants of the first reference of each problem.

    Args:
        cases: Problems, each with the references that pass its tests, if there are any.
        sandbox: Runs the programs. Problems that stand together share processes.
        seed: Decides the mutants and the inputs, with a problem's id.
    """
    trials = [_trial(*case, seed) for case in cases]
    screened = iter(screen([each.subject for each in trials if isinstance(each, _Trial)], sandbox))
    return [
        _strength(trial, next(screened), sandbox) if isinstance(trial, _Trial) else trial
        for trial in trials
    ]


def _trial(problem: Problem, references: Sequence[str], seed: int) -> _Trial | Strength:
    """Make the mutants and the inputs."""
    if not references:
        return Strength()
    signature = signature_of(problem)
    if signature is None:
        return Strength(unchecked="mutants: no test says input and output")
    steady = [program for program in references if not may_depend_on_chance(program)]
    if not steady:
        return Strength(unchecked="mutants: no reference is right and independent of chance")
    rng = StableRandom(derive_seed(seed, "audit", problem.task_id))
    numbers = some_edits(steady[0], MUTANTS, rng)
    inputs = new_inputs(signature, INPUTS, rng)
    return _Trial(Subject(problem, signature, steady[0], numbers, inputs), steady)


def _strength(trial: _Trial, screened: Screened, sandbox: Sandbox) -> Strength:
    if not screened.passes:
        return Strength(
            unchecked="mutants: the reference fails when it shares a process with tests"
        )
    signature, inputs = trial.subject.signature, trial.subject.inputs
    tests = {
        place: test
        for place in {place for _, differs in screened.survivors for place in differs}
        if (test := _test(signature, inputs[place], screened.values[place]))
    }
    suspects = [
        (number, kept)
        for number, differs in screened.survivors
        if (kept := [place for place in differs if place in tests])
    ][:_MOST_SUSPECTS]
    known = Strength(screened.ran, 0, screened.coverage)
    if not suspects:
        return known
    return _confirmed(trial, suspects, tests, sandbox, known)


def _confirmed(
    trial: _Trial,
    suspects: Sequence[tuple[int, Sequence[int]]],
    tests: dict[int, TestCase],
    sandbox: Sandbox,
    known: Strength,
) -> Strength:
    """Judge the suspects until one really survives; return ``known`` with that one."""
    problem, references = trial.subject.problem, trial.references
    places = sorted(tests)
    kills = [{number for number, differs in suspects if place in differs} for place in places]
    chosen = [tests[places[index]] for index in cover(kills, len(suspects))]
    chosen = _accepted(problem, references, chosen, sandbox)
    limits = quick(problem.limits)
    hurried = replace(problem, limits=replace(limits, cpu_s=min(limits.cpu_s, _CPU_S)))
    for number, differs in suspects:
        test = next((tests[place] for place in differs if tests[place] in chosen), None)
        program = edited(references[0], number)
        if test is None or not _fails_only(test, hurried, program, sandbox):
            continue
        before, after = changed_line(references[0], program)
        finding = Finding(
            "weak_tests",
            f"a wrong mutant passes all tests (tried: {known.mutants})",
            "mended",
            lines_of([f"- {before}", f"+ {after}", f"caught by: {shown(test, problem)}"]),
        )
        return replace(known, survivors=1, caught=(program, test), finding=finding)
    return known


def _fails_only(test: TestCase, problem: Problem, program: str, sandbox: Sandbox) -> bool:
    """Return whether a program passes the problem's own tests, and fails a new one."""
    verdict = sandbox.judge(replace(problem, tests=[*problem.tests, test]), program)
    *own, new = verdict.tests or (None,)
    if new is None or verdict.status == "unscored":
        return False
    return all(outcome and outcome.passed for outcome in own) and not new.passed


def _accepted(
    problem: Problem, references: Sequence[str], tests: Sequence[TestCase], sandbox: Sandbox
) -> list[TestCase]:
    """Return the tests that all references pass."""
    fresh = replace(problem, tests=list(tests))
    verdicts = sandbox.judge_many([(fresh, each) for each in references[:_MOST_REFERENCES]])
    return [
        test
        for place, test in enumerate(tests)
        if all(place < len(each.tests) and each.tests[place].passed for each in verdicts)
    ]


def _test(signature: Signature, value: object, text: str | None) -> TestCase | None:
    """Return a test that expects what the reference gave, as the screen wrote it."""
    if text is None:
        return None
    try:
        output = literal_value(text)
        return signature.test(value, output)  # type: ignore[arg-type]
    except ValueError:
        return None


def shown(test: TestCase, problem: Problem) -> str:
    """Return a test as a line for a person."""
    match test.kind:
        case "stdin":
            return f"input {test.input!r} gives {test.output!r}"
        case "call":
            arguments = ", ".join(map(repr, test.args))
            return f"assert {problem.entry_point}({arguments}) == {test.expected!r}"
    return test.code
