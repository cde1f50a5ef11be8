"""Weak tests: mutants of a reference that pass all tests, and differ on an input of the domain.

A screen finds suspects in one process for each problem. The sandbox then judges every suspect, as
it judges any program: it passes the problem's own tests, it fails a new test, and all references
pass that test. Only then is there a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rltf.audit.changed_line import changed_line
from rltf.audit.findings import Coverage, Finding, lines_of
from rltf.audit.screen import screen
from rltf.augment.mutants import mutants
from rltf.augment.new_inputs import new_inputs
from rltf.augment.nondeterminism import may_depend_on_chance
from rltf.augment.reference_outputs import quick
from rltf.augment.signatures import Signature, signature_of
from rltf.augment.test_selection import cover
from rltf.common.literals import literal_value
from rltf.common.seeds import StableRandom, derive_seed
from rltf.problem import Problem, TestCase
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

MUTANTS = 24
"""The most mutants of a problem's reference."""
INPUTS = 24
"""The most new inputs of a problem."""
_MOST_TESTS = 3
"""New tests that the survivors are judged on."""
_MOST_SURVIVORS = 2
"""Survivors that are judged: one is enough for a finding."""
_MOST_REFERENCES = 5
_CPU_S = 0.1
"""The CPU time of a suspect in a test. Many never end, and one that is too slow is only missed."""


@dataclass(frozen=True)
class Strength:
    """How strong a problem's tests are."""

    mutants: int | None = None
    survivors: int = 0
    coverage: Coverage | None = None
    caught: tuple[tuple[str, TestCase], ...] = ()
    """The survivors, each with a test that it fails."""
    finding: Finding | None = None
    unchecked: str = ""


def strength(problem: Problem, references: Sequence[str], sandbox: Sandbox, seed: int) -> Strength:
    """Try mutants of the first of the ``references``, which pass the problem's tests."""
    signature = signature_of(problem)
    if signature is None:
        return Strength(unchecked="mutants: no test says input and output")
    steady = [program for program in references if not may_depend_on_chance(program)]
    if not steady:
        return Strength(unchecked="mutants: no reference is right and independent of chance")
    reference = steady[0]
    rng = StableRandom(derive_seed(seed, "audit", problem.task_id))
    rivals = mutants(reference, MUTANTS, rng)
    inputs = new_inputs(signature, INPUTS, rng)
    screened = screen(problem, signature, reference, rivals, inputs, sandbox)
    if not screened.passes:
        return Strength(
            unchecked="mutants: the reference fails when it shares a process with tests"
        )
    tests = {
        place: test
        for place in {place for _, differs in screened.survivors for place in differs}
        if (test := _test(signature, inputs[place], screened.values[place]))
    }
    suspects = [
        (number, kept)
        for number, differs in screened.survivors
        if (kept := [place for place in differs if place in tests])
    ][:_MOST_SURVIVORS]
    known = Strength(screened.ran, 0, screened.coverage)
    if not suspects:
        return known
    return _confirmed(problem, steady, rivals, suspects, tests, sandbox, known)


def _confirmed(
    problem: Problem,
    references: Sequence[str],
    rivals: Sequence[str],
    suspects: Sequence[tuple[int, Sequence[int]]],
    tests: dict[int, TestCase],
    sandbox: Sandbox,
    known: Strength,
) -> Strength:
    """Judge the suspects; return ``known`` with those that really survive."""
    places = sorted(tests)
    kills = [{number for number, differs in suspects if place in differs} for place in places]
    chosen = [tests[places[index]] for index in cover(kills, _MOST_TESTS)]
    chosen = _accepted(problem, references, chosen, sandbox)
    if not chosen:
        return known
    limits = quick(problem.limits)
    hurried = replace(problem, limits=replace(limits, cpu_s=min(limits.cpu_s, _CPU_S)))
    accused = [
        (rivals[number], test)
        for number, differs in suspects
        if (test := next((tests[place] for place in differs if tests[place] in chosen), None))
    ]
    jobs = [(replace(hurried, tests=[*problem.tests, test]), each) for each, test in accused]
    verdicts = sandbox.judge_many(jobs)
    survivors = [
        pair
        for pair, verdict in zip(accused, verdicts, strict=True)
        if _fails_only_the_last(verdict)
    ]
    if not survivors:
        return known
    program, test = survivors[0]
    before, after = changed_line(references[0], program)
    finding = Finding(
        "weak_tests",
        f"at least {len(survivors)} of {known.mutants} mutants pass all tests and are wrong",
        "mended",
        lines_of([f"- {before}", f"+ {after}", f"caught by: {shown(test, problem)}"]),
    )
    return replace(known, survivors=len(survivors), caught=tuple(survivors), finding=finding)


def _fails_only_the_last(verdict: Verdict) -> bool:
    *own, new = verdict.tests or (None,)
    if new is None or verdict.status == "unscored":
        return False
    return all(outcome and outcome.passed for outcome in own) and not new.passed


def _accepted(
    problem: Problem, references: Sequence[str], tests: Sequence[TestCase], sandbox: Sandbox
) -> list[TestCase]:
    """Return the tests that all references pass; none if one fails the problem's own tests."""
    own = len(problem.tests)
    fresh = replace(problem, tests=[*problem.tests, *tests])
    passed = [True] * len(tests)
    for verdict in sandbox.judge_many([(fresh, each) for each in references[:_MOST_REFERENCES]]):
        outcomes = [outcome.passed for outcome in verdict.tests]
        if not all(outcomes[:own]):
            return []
        passed = [both and it for both, it in zip(passed, outcomes[own:], strict=False)]
    return [test for test, is_passed in zip(tests, passed, strict=False) if is_passed]


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
