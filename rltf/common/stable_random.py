"""Seeded choices that are the same on every version of Python.

``random.Random`` promises that for ``random()`` with integer seeds only; ``choice`` and ``shuffle``
may change from one version to the next.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")


class StableRandom:
    """A stream of choices; the same seed gives the same stream."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        """Return ``True`` with this probability."""
        return self._random() < probability

    def number(self, low: int, high: int) -> int:
        """Return an integer from ``low`` to ``high``, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, items: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """Return one of the items, chosen by weight if there are weights."""
        if weights is None:
            return items[self.number(0, len(items) - 1)]
        ends = list(accumulate(weights))  # sum() rounds differently from Python 3.12 on
        return items[min(bisect_right(ends, self._random() * ends[-1]), len(items) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in random order."""
        rest = list(items)
        return [rest.pop(self.number(0, len(rest) - 1)) for _ in items]
