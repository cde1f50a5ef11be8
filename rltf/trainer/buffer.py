"""The online buffer: the latest samples, which the policy is trained on (RLTF, section 3.2)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rltf.common.seeds import shuffled_indices


@dataclass(frozen=True)
class Experience:
    """A scored sample in the form that training needs."""

    prompt_ids: tuple[int, ...]
    """(P,)"""
    token_ids: tuple[int, ...]
    """(T,) the ids as they were sampled."""
    advantages: Tensor
    """(T,) float32: factor of each token's log-probability; positive rewards the token."""
    log_probs: Tensor
    """(T,) float32: of each token under the weights that wrote the sample."""
    policy_step: int
    """Optimizer steps that the policy had taken when it wrote the sample."""
    reference_log_probs: Tensor | None = None
    """(T,) float32: of each token under the reference policy, if the objective needs one."""
    values: Tensor | None = None
    """(T,) float32: of the value head when the sample was scored, if there is one."""
    returns: Tensor | None = None
    """(T,) float32: what the value head should have said."""


_OPTIONAL = ("reference_log_probs", "values", "returns")
"""Fields that all experiences of a run have, or none."""


class Buffer:
    """A first-in, first-out queue of samples that are drawn in shuffled passes.

    ``capacity`` counts all samples that the policy wrote; ``None``: there is no limit. Samples
    without anything to learn from take a place in the queue too, and are not drawn.
    """

    def __init__(self, capacity: int | None, seed: int) -> None:
        self._queue: deque[Experience | None] = deque(maxlen=capacity)
        self._seed = seed
        self._refreshes = 0
        self._drawn = 0
        self._pass: list[Experience] = []

    def __len__(self) -> int:
        """Return how many experiences can be drawn."""
        return len(self._pass)

    @property
    def used_up(self) -> bool:
        """Whether every experience has been drawn since the last refresh."""
        return self._drawn >= len(self)

    def add(self, fresh: Sequence[Experience], written: int) -> None:
        """Add a round of ``written`` samples, drop the oldest, and begin a new shuffled pass."""
        self._queue.extend(fresh)
        self._queue.extend([None] * (written - len(fresh)))
        self._refreshes += 1
        self._drawn = 0
        self._begin_pass()

    def draw(self, count: int) -> list[Experience]:
        """Return the next experiences, one pass after the other; none from an empty buffer."""
        if not self._pass:
            return []
        key = (self._seed, "buffer", self._refreshes)
        chosen = shuffled_indices(len(self), self._drawn, count, *key)
        self._drawn += count
        return [self._pass[index] for index in chosen]

    def is_last_draw(self, count: int) -> bool:
        """Return whether the next draw of this pass, of at least ``count``, uses it up."""
        return 0 < len(self) - self._drawn < 2 * count

    def draw_of_pass(self, count: int) -> list[Experience]:
        """Return the next experiences of this pass, in even draws of at least ``count``."""
        left = len(self) - self._drawn
        return self.draw(math.ceil(left / max(1, left // count)))

    def state_dict(self) -> dict[str, Any]:
        """Return plain values and tensors for a checkpoint."""
        experiences = self._pass
        return {
            "places": [index for index, experience in enumerate(self._queue) if experience],
            "written": len(self._queue),
            "prompt_ids": [experience.prompt_ids for experience in experiences],
            "token_ids": [experience.token_ids for experience in experiences],
            # One tensor for all samples: a checkpoint writes each tensor as a file of its own.
            "advantages": _joined([experience.advantages for experience in experiences]),
            "log_probs": _joined([experience.log_probs for experience in experiences]),
            "policy_step": [experience.policy_step for experience in experiences],
            **{name: _joined_if_any(experiences, name) for name in _OPTIONAL},
            "refreshes": self._refreshes,
            "drawn": self._drawn,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint."""
        lengths = [len(ids) for ids in state["token_ids"]]
        columns = (
            state["prompt_ids"],
            state["token_ids"],
            state["advantages"].split(lengths),
            state["log_probs"].split(lengths),
            state["policy_step"],
            *(_split(state.get(name), lengths) for name in _OPTIONAL),
        )
        queue: list[Experience | None] = [None] * state["written"]
        for index, row in zip(state["places"], zip(*columns, strict=True), strict=True):
            queue[index] = Experience(*row)
        self._queue.clear()
        self._queue.extend(queue)
        self._refreshes = state["refreshes"]
        self._drawn = state["drawn"]
        self._begin_pass()

    def _begin_pass(self) -> None:
        self._pass = [experience for experience in self._queue if experience is not None]


def _joined_if_any(experiences: Sequence[Experience], name: str) -> Tensor | None:
    rows = [row for each in experiences if (row := getattr(each, name)) is not None]
    return torch.cat(rows) if rows else None


def _split(joined: Tensor | None, lengths: list[int]) -> Sequence[Tensor | None]:
    return [None] * len(lengths) if joined is None else joined.split(lengths)


def _joined(rows: list[Tensor]) -> Tensor:
    return torch.cat(rows) if rows else torch.empty(0)
