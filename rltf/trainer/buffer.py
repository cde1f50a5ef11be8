"""The online buffer: the latest samples, which the policy is trained on (RLTF, section 3.2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rltf.trainer.seeds import shuffled_indices


@dataclass(frozen=True)
class Experience:
    """A scored sample in the form that training needs."""

    prompt_ids: tuple[int, ...]
    """(P,)"""
    token_ids: tuple[int, ...]
    """(T,) the ids as they were sampled."""
    advantages: Tensor
    """(T,) float32: what each token's log-probability is to be multiplied by; positive is good."""
    policy_step: int
    """Optimizer steps that the policy had taken when it wrote the sample."""


class Buffer:
    """First in, first out, at most ``capacity`` experiences; drawn from in shuffled passes."""

    def __init__(self, capacity: int, seed: int) -> None:
        self._queue: deque[Experience] = deque(maxlen=capacity)
        self._seed = seed
        self._refreshes = 0
        self._drawn = 0

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, fresh: Iterable[Experience]) -> None:
        """Put fresh experiences in, the oldest out, and begin a new shuffled pass."""
        self._queue.extend(fresh)
        self._refreshes += 1
        self._drawn = 0

    def draw(self, count: int) -> list[Experience]:
        """The next experiences of the shuffled passes; none from an empty buffer."""
        if not self._queue:
            return []
        key = (self._seed, "buffer", self._refreshes)
        chosen = shuffled_indices(len(self._queue), self._drawn, count, *key)
        self._drawn += count
        return [self._queue[index] for index in chosen]

    def state_dict(self) -> dict[str, Any]:
        """Plain values and tensors, for a checkpoint."""
        return {
            "prompt_ids": [experience.prompt_ids for experience in self._queue],
            "token_ids": [experience.token_ids for experience in self._queue],
            # One tensor, not one a sample: a checkpoint writes each tensor as a file of its own.
            "advantages": torch.cat([e.advantages for e in self._queue] or [torch.empty(0)]),
            "policy_step": [experience.policy_step for experience in self._queue],
            "refreshes": self._refreshes,
            "drawn": self._drawn,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where the buffer of a checkpoint stood."""
        lengths = [len(ids) for ids in state["token_ids"]]
        columns = (
            state["prompt_ids"],
            state["token_ids"],
            state["advantages"].split(lengths),
            state["policy_step"],
        )
        self._queue.clear()
        self._queue.extend(Experience(*row) for row in zip(*columns, strict=True))
        self._refreshes = state["refreshes"]
        self._drawn = state["drawn"]
