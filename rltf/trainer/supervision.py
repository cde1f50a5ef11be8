"""Supervised steps: reference programs as batches of (prompt ids, target ids)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rltf.problem import Problem
from rltf.trainer.seeds import derive, shuffled_indices

Row = tuple[tuple[int, ...], tuple[int, ...]]
"""(P,) ids of a prompt and (T,) ids of a program, the end id included."""


class Supervision:
    """Problems with reference programs, in shuffled passes; a pass takes one program a problem."""

    def __init__(
        self,
        problems: Sequence[Problem],
        encode_prompt: Callable[[Problem], tuple[int, ...]],
        encode_target: Callable[[str], tuple[int, ...]],
        seed: int,
    ) -> None:
        self._problems = [problem for problem in problems if problem.solutions]
        self._encode_prompt = encode_prompt
        self._encode_target = encode_target
        self._seed = seed

    def __bool__(self) -> bool:
        return bool(self._problems)

    def batch(self, phase: str, step: int, size: int) -> list[Row]:
        """The rows of a step of ``phase``; empty without reference programs."""
        if not self._problems:
            return []
        chosen = shuffled_indices(len(self._problems), step * size, size, self._seed, phase)
        return [
            self._row(self._problems[index], derive(self._seed, phase, step, place))
            for place, index in enumerate(chosen)
        ]

    def _row(self, problem: Problem, choice: int) -> Row:
        solution = problem.solutions[choice % len(problem.solutions)]
        return self._encode_prompt(problem), self._encode_target(solution)
