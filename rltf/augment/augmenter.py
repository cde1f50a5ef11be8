"""Add tests to one problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rltf.augment.mutants import mutants
from rltf.augment.new_inputs import new_inputs
from rltf.augment.nondeterminism import may_depend_on_chance
from rltf.augment.reference_outputs import candidate_tests, outcomes, quick
from rltf.augment.signatures import Input, Signature, signature_of
from rltf.augment.test_selection import cover
from rltf.common.seeds import StableRandom, derive_seed
from rltf.problem import Problem, TestCase
from rltf.sample import Sample
from rltf.scoring.pipeline import judge_jobs
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

MUTATED_INPUTS = 50
"""How many mutated inputs are tried for a problem, beside those that a policy writes."""
MUTANTS = 40
"""The most mutants of all of a problem's references together."""


@dataclass(frozen=True)
class Augmented:
    """A problem with its own tests and the new ones, and figures about them."""

    problem: Problem
    added: int = 0
    """New tests, at the end of the problem's."""
    left_because: str = ""
    """Why no new test was tried, in words."""
    references: int = 0
    """Reference programs that pass the problem's own tests; they pass all of the new ones too."""
    survivors: int = 0
    """Wrong programs and mutants that pass the problem's own tests."""
    killed: int = 0
    """Survivors that fail a new test."""


class Augmenter:
    """Makes tests for problems. Safe to use from several threads.

    Args:
        shared: A sandbox of isolation ``program``, for runs by the dozen.
        fresh: A sandbox of isolation ``test``, which decides, as it will when the tests are used.
            It may stop at the first failure.
        max_tests: The most new tests for a problem.
    """

    def __init__(self, shared: Sandbox, fresh: Sandbox, max_tests: int, seed: int) -> None:
        self._shared = shared
        self._fresh = fresh
        self._max_tests = max_tests
        self._seed = seed

    def __call__(
        self, problem: Problem, rivals: Iterable[str], model_inputs: Sequence[Input] = ()
    ) -> Augmented:
        """Return the problem with added tests that its references pass and ``rivals`` fail.

        Rivals are programs that may be wrong; those that fail the problem's own tests do not
        count. ``model_inputs`` are tried before mutated inputs.
        """
        if not problem.solutions:
            return Augmented(problem, left_because="without a reference program")
        signature = signature_of(problem)
        if signature is None:
            return Augmented(problem, left_because="without a test that says input and output")
        references = self._passing(problem, problem.solutions)
        if not references:
            return Augmented(problem, left_because="whose references fail its own tests")
        references = [program for program in references if not may_depend_on_chance(program)]
        if not references:
            return Augmented(problem, left_because="whose references may depend on chance")
        rng = StableRandom(derive_seed(self._seed, "augment", problem.task_id))
        tests = self._candidates(problem, signature, references, rng, model_inputs)
        hurried = replace(problem, limits=quick(problem.limits))
        survivors = self._passing(hurried, dict.fromkeys(rivals))
        kills = self._kills(problem, tests, survivors)
        chosen: list[int] = []
        while tests and (chosen := cover(kills, self._max_tests)):
            refused = self._refused(problem, [tests[number] for number in chosen], references)
            if refused is None:
                break
            del tests[chosen[refused]], kills[chosen[refused]]
            chosen = []
        return Augmented(
            replace(problem, tests=[*problem.tests, *(tests[number] for number in chosen)]),
            added=len(chosen),
            references=len(references),
            survivors=len(survivors),
            killed=len({program for number in chosen for program in kills[number]}),
        )

    def _judge(self, problem: Problem, programs: Iterable[str]) -> Iterator[tuple[str, Verdict]]:
        """Yield each program and its verdict, judged afresh, in order."""
        jobs = ((problem, Sample(problem.task_id, program)) for program in programs)
        for job, verdict in judge_jobs(jobs, self._fresh):
            yield job.sample.program, verdict

    def _passing(self, problem: Problem, programs: Iterable[str]) -> list[str]:
        """Return the programs that pass a problem's tests, in order."""
        judged = self._judge(problem, programs)
        return [program for program, verdict in judged if verdict.passed]

    def _candidates(
        self,
        problem: Problem,
        signature: Signature,
        references: Sequence[str],
        rng: StableRandom,
        model_inputs: Sequence[Input],
    ) -> list[TestCase]:
        """Return tests that all references pass, the one that answers the inputs included."""
        inputs = new_inputs(signature, MUTATED_INPUTS, rng, model_inputs)
        tests = candidate_tests(problem, signature, references[0], inputs, self._shared)
        for reference in references:
            results = outcomes(replace(problem, tests=tests), reference, self._shared)
            tests = [test for test, outcome in zip(tests, results, strict=False) if outcome.passed]
        return tests

    def _kills(
        self, problem: Problem, tests: Sequence[TestCase], programs: Sequence[str]
    ) -> list[set[int]]:
        """Return, for each test, the numbers of the programs that fail it."""
        kills: list[set[int]] = [set() for _ in tests]
        for number, program in enumerate(programs):
            results = outcomes(replace(problem, tests=tests), program, self._shared)
            for killed, outcome in zip(kills, results, strict=False):
                if not outcome.passed and outcome.status != "unscored":
                    killed.add(number)
        return kills

    def _refused(
        self, problem: Problem, tests: Sequence[TestCase], references: Sequence[str]
    ) -> int | None:
        """Return the index of the first test that a reference fails when it is judged afresh."""
        for _, verdict in self._judge(replace(problem, tests=tests), references):
            for number, outcome in enumerate(verdict.tests):
                if not outcome.passed:
                    return number
        return None


def reference_mutants(problem: Problem, seed: int) -> list[str]:
    """Return mutants of a problem's references; the same seed gives the same mutants."""
    rng = StableRandom(derive_seed(seed, "mutants", problem.task_id))
    share = -(-MUTANTS // max(1, len(problem.solutions)))
    programs = dict.fromkeys(
        mutant for program in problem.solutions[:MUTANTS] for mutant in mutants(program, share, rng)
    )
    return list(programs)[:MUTANTS]
