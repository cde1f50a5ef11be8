"""One problem in, the same problem with more tests out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rltf.augment.mutants import mutants
from rltf.augment.new_inputs import new_inputs
from rltf.augment.nondeterminism import may_depend_on_chance
from rltf.augment.reference_outputs import candidate_tests, outcomes, quick
from rltf.augment.signatures import Input, Signature, signature_of
from rltf.augment.test_selection import cover
from rltf.common.seeds import derive_seed
from rltf.common.stable_random import StableRandom
from rltf.problem import Problem, TestCase

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

INPUTS = 50
"""New inputs that are tried, beside those that a policy is asked for."""
MUTANTS = 40
"""Of all of a problem's references together."""


@dataclass(frozen=True)
class Augmented:
    """A problem with its own tests and then the new ones, and how it came by them."""

    problem: Problem
    added: int = 0
    """New tests, at the end of the problem's."""
    left_because: str = ""
    """Why nothing was tried, in words."""
    references: int = 0
    """Reference programs that pass the problem's own tests: they pass all of the new ones too."""
    survivors: int = 0
    """Wrong programs and mutants that pass the problem's own tests."""
    killed: int = 0
    """Of those, the ones that fail a new test."""


class Augmenter:
    """Makes tests for problems. Safe to use from several threads.

    Args:
        shared: A sandbox of isolation ``program``: most of what is run here is run by the dozen.
        fresh: A sandbox of isolation ``test``, which has the last word, as it will have later. May
            stop at the first failure.
        most: New tests a problem.
    """

    def __init__(self, shared: Sandbox, fresh: Sandbox, most: int, seed: int) -> None:
        self._shared = shared
        self._fresh = fresh
        self._most = most
        self._seed = seed

    def __call__(
        self, problem: Problem, rivals: Iterable[str], asked: Sequence[Input] = ()
    ) -> Augmented:
        """The problem with tests added, on which its references agree and ``rivals`` fail.

        Rivals are programs that may be wrong; those that fail the problem's own tests do not count.
        ``asked`` are inputs from elsewhere, tried before mutants.
        """
        if not problem.solutions:
            return Augmented(problem, left_because="without a reference program")
        form = signature_of(problem)
        if form is None:
            return Augmented(problem, left_because="without a test that says input and output")
        references = [code for code in problem.solutions if self._passes(problem, code)]
        if not references:
            return Augmented(problem, left_because="whose references fail its own tests")
        references = [code for code in references if not may_depend_on_chance(code)]
        if not references:
            return Augmented(problem, left_because="whose references may depend on chance")
        dice = StableRandom(derive_seed(self._seed, "augment", problem.task_id))
        tests = self._candidates(problem, form, references, dice, asked)
        hurried = replace(problem, limits=quick(problem.limits))
        survivors = [code for code in dict.fromkeys(rivals) if self._passes(hurried, code)]
        kills = self._kills(problem, tests, survivors)
        chosen: list[int] = []
        while tests:
            chosen = cover(kills, self._most)
            wrong = self._refused(problem, [tests[place] for place in chosen], references)
            if wrong is None:
                break
            del tests[chosen[wrong]], kills[chosen[wrong]]
            chosen = []
        return Augmented(
            replace(problem, tests=[*problem.tests, *(tests[place] for place in chosen)]),
            added=len(chosen),
            references=len(references),
            survivors=len(survivors),
            killed=len({program for place in chosen for program in kills[place]}),
        )

    def _passes(self, problem: Problem, program: str) -> bool:
        return self._fresh.judge(problem, program).passed

    def _candidates(
        self,
        problem: Problem,
        form: Signature,
        references: Sequence[str],
        dice: StableRandom,
        asked: Sequence[Input],
    ) -> list[TestCase]:
        """Tests that all references pass, the one that their outputs are of a second time."""
        inputs = new_inputs(form, INPUTS, dice, asked)
        tests = candidate_tests(problem, form, references[0], inputs, self._shared)
        for reference in references:
            found = outcomes(replace(problem, tests=tests), reference, self._shared)
            tests = [test for test, outcome in zip(tests, found, strict=False) if outcome.passed]
        return tests

    def _kills(
        self, problem: Problem, tests: Sequence[TestCase], programs: Sequence[str]
    ) -> list[set[int]]:
        kills: list[set[int]] = [set() for _ in tests]
        for number, program in enumerate(programs):
            found = outcomes(replace(problem, tests=tests), program, self._shared)
            for killed, outcome in zip(kills, found, strict=False):
                if not outcome.passed and outcome.status != "unscored":
                    killed.add(number)
        return kills

    def _refused(
        self, problem: Problem, tests: Sequence[TestCase], references: Collection[str]
    ) -> int | None:
        """The first test that a reference does not pass when each is run afresh."""
        for reference in references:
            verdict = self._fresh.judge(replace(problem, tests=tests), reference)
            for place, outcome in enumerate(verdict.tests):
                if not outcome.passed:
                    return place
        return None


def reference_mutants(problem: Problem, seed: int) -> list[str]:
    """Mutants of a problem's references, the same ones for the same seed."""
    dice = StableRandom(derive_seed(seed, "mutants", problem.task_id))
    share = -(-MUTANTS // max(1, len(problem.solutions)))
    found = dict.fromkeys(
        mutant for code in problem.solutions[:MUTANTS] for mutant in mutants(code, share, dice)
    )
    return list(found)[:MUTANTS]
