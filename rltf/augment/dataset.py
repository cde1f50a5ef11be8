"""Augment all problems of a dataset, several at a time, in their order."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from rltf.augment.augmenter import Augmented, Augmenter, reference_mutants
from rltf.augment.signatures import Input
from rltf.problem import Problem
from rltf.sandbox import SandboxError

_MAX_REASON_LENGTH = 200
"""How many characters of an exception's message are shown."""


@dataclass
class Totals:
    """Figures over a dataset's problems."""

    problems: int = 0
    augmented: int = 0
    """Problems with new tests."""
    tests: int = 0
    """New tests."""
    references: int = 0
    survivors: int = 0
    killed: int = 0
    left: Counter[str] = field(default_factory=Counter)
    """Reason to the number of problems that stay as they are because of it."""

    def add(self, augmented: Augmented) -> None:
        """Count one more problem."""
        self.problems += 1
        self.augmented += augmented.added > 0
        self.tests += augmented.added
        self.references += augmented.references
        self.survivors += augmented.survivors
        self.killed += augmented.killed
        if augmented.left_because:
            self.left[augmented.left_because] += 1


def augment_all(
    problems: Sequence[Problem],
    augmenter: Augmenter,
    workers: int,
    *,
    seed: int,
    wrong: Mapping[str, Sequence[str]],
    model_inputs: Mapping[str, Sequence[Input]],
) -> Iterator[Augmented]:
    """Augment every problem against mutants of its references and recorded wrong programs.

    Args:
        wrong: task id to programs that may be wrong.
        model_inputs: task id to inputs that a policy wrote.
    """

    def augment(problem: Problem) -> Augmented:
        try:
            rivals = [*wrong.get(problem.task_id, ()), *reference_mutants(problem, seed)]
            return augmenter(problem, rivals, model_inputs.get(problem.task_id, ()))
        except (SandboxError, OSError):
            raise
        except Exception as error:  # one odd problem does not stop the others
            reason = f"{type(error).__name__}: {error}"[:_MAX_REASON_LENGTH]
            return Augmented(problem, left_because=f"whose values we cannot change ({reason})")

    with warnings.catch_warnings(), ThreadPoolExecutor(workers, "rltf-augment") as threads:
        # the user cannot fix what is in the string literals of other people's programs
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield from threads.map(augment, problems)
