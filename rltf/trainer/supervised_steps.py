"""Supervised steps: reference programs as batches of (prompt ids, target ids)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np

from rltf.common.seeds import derive_seed, shuffled_indices
from rltf.problem import Problem
from rltf.trainer.actor import Row

BATCHES_SORTED_TOGETHER = 8


class Targets:
    """Encode reference programs, cut to a number of tokens; say once that one is cut."""

    def __init__(
        self, encode: Callable[[str], tuple[int, ...]], max_tokens: int, note: Callable[[str], None]
    ) -> None:
        self._encode = functools.cache(encode)
        self._max_tokens = max_tokens
        self._note = note
        self._has_cut = False

    def __call__(self, program: str) -> tuple[int, ...]:
        ids = self._encode(program)
        if len(ids) > self._max_tokens and not self._has_cut:
            self._has_cut = True
            self._note(
                f"a reference program has {len(ids)} tokens, and programs longer than "
                f"max_new_tokens={self._max_tokens} are taught without their end; "
                f"raise it with --set"
            )
        return ids[: self._max_tokens]


class Supervision:
    """Draw reference programs in shuffled passes; a pass uses one program of each problem.

    The rows of a batch have similar lengths: the rows of a few batches are drawn, sorted by length
    and cut. ``noise`` is the share of prompt tokens that are replaced with ids from ``noise_ids``,
    so that a policy does not rely on single words of a prompt.
    """

    def __init__(
        self,
        problems: Sequence[Problem],
        encode_prompt: Callable[[Problem], tuple[int, ...]],
        encode_target: Callable[[str], tuple[int, ...]],
        *,
        noise: float,
        noise_ids: Sequence[int],
        seed: int,
    ) -> None:
        self._problems = [problem for problem in problems if problem.solutions]
        self._encode_prompt = encode_prompt
        self._encode_target = encode_target
        self._noise = noise
        self._noise_ids = np.asarray(noise_ids)
        self._seed = seed
        self._sorted_rows = functools.lru_cache(maxsize=2)(self._sort_rows)

    def batch(self, phase: str, step: int, size: int) -> list[Row]:
        """Return the rows of a step of ``phase``; none without reference programs."""
        if not self._problems:
            return []
        rows = self._sorted_rows(phase, step // BATCHES_SORTED_TOGETHER, size)
        (turn,) = shuffled_indices(BATCHES_SORTED_TOGETHER, step, 1, self._seed, phase, "turn")
        random = np.random.default_rng(derive_seed(self._seed, phase, step, "noise"))
        return [
            (self._with_noise(prompt, random), target)
            for prompt, target in rows[turn * size : (turn + 1) * size]
        ]

    def _sort_rows(self, phase: str, chunk: int, size: int) -> list[Row]:
        count = BATCHES_SORTED_TOGETHER * size
        chosen = shuffled_indices(len(self._problems), chunk * count, count, self._seed, phase)
        rows = [
            self._row(self._problems[index], derive_seed(self._seed, phase, chunk, row_index))
            for row_index, index in enumerate(chosen)
        ]
        return sorted(rows, key=lambda row: (len(row[0]) + len(row[1]), row))

    def _row(self, problem: Problem, choice: int) -> Row:
        solution = problem.solutions[choice % len(problem.solutions)]
        return self._encode_prompt(problem), self._encode_target(solution)

    def _with_noise(self, prompt: tuple[int, ...], random: np.random.Generator) -> tuple[int, ...]:
        if not self._noise:
            return prompt
        replaced = random.random(len(prompt)) < self._noise
        others = random.choice(self._noise_ids, len(prompt))
        return tuple(np.where(replaced, others, prompt).tolist())
