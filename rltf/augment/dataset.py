"""All problems of a dataset, several at a time, in their order."""

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

_LONGEST_REASON = 200
"""Characters of what an exception says."""


@dataclass
class Totals:
    """What became of a dataset's problems."""

    problems: int = 0
    augmented: int = 0
    """Problems with new tests."""
    tests: int = 0
    """New ones."""
    references: int = 0
    survivors: int = 0
    killed: int = 0
    left: Counter[str] = field(default_factory=Counter)
    """Problems that stay as they are, by the reason."""

    def add(self, done: Augmented) -> None:
        """Count one more."""
        self.problems += 1
        self.augmented += done.added > 0
        self.tests += done.added
        self.references += done.references
        self.survivors += done.survivors
        self.killed += done.killed
        if done.left_because:
            self.left[done.left_because] += 1


def augment_all(
    problems: Sequence[Problem],
    augmenter: Augmenter,
    workers: int,
    *,
    seed: int,
    wrong: Mapping[str, Sequence[str]],
    asked: Mapping[str, Sequence[Input]],
) -> Iterator[Augmented]:
    """Every problem, augmented against mutants of its references and programs recorded for it.

    Args:
        wrong: task id to programs that may be wrong.
        asked: task id to inputs that a policy wrote.
    """

    def augment(problem: Problem) -> Augmented:
        try:
            rivals = [*wrong.get(problem.task_id, ()), *reference_mutants(problem, seed)]
            return augmenter(problem, rivals, asked.get(problem.task_id, ()))
        except (SandboxError, OSError):
            raise
        except Exception as error:  # one odd problem does not stop the others
            why = f"{type(error).__name__}: {error}"[:_LONGEST_REASON]
            return Augmented(problem, left_because=f"whose values we cannot change ({why})")

    with warnings.catch_warnings(), ThreadPoolExecutor(workers, "rltf-augment") as threads:
        # what programs write in their strings is not for the user to put right
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield from threads.map(augment, problems)
