"""Random numbers that can be repeated: seeds by name, and seeded choices.

A draw has no state, but a name, from which its seed is derived.

So a run that was killed and resumed needs no generator state to repeat itself bit for bit: the draw
of round 7 is the same whether rounds 1 to 6 ran in this process or in an earlier one.
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")


def derive_seed(*name: int | str) -> int:
    """Return a seed in [0, 2^63) that depends on every part of a name, such as (0, "round", 7)."""
    digest = hashlib.blake2b(repr(name).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def shuffled_indices(size: int, start: int, count: int, *name: int | str) -> list[int]:
    """Return entries ``start`` to ``start + count`` of an endless sequence of shuffled passes.

    Each pass is a permutation of ``range(size)``, so every index comes once before any comes twice.
    """
    import numpy as np  # takes longer than all else that needs seeds

    indices: list[int] = []
    while len(indices) < count:
        epoch, offset = divmod(start + len(indices), size)
        order = np.random.default_rng(derive_seed(*name, epoch)).permutation(size)
        indices += order[offset : offset + count - len(indices)].tolist()
    return indices


class StableRandom:
    """A stream of choices; the same seed gives the same stream, on every version of Python.

    ``random.Random`` promises that for ``random()`` with integer seeds only; ``choice`` and
    ``shuffle`` may change from one version to the next.
    """

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
            return items[int(self._random() * len(items))]
        ends = list(accumulate(weights))  # sum() rounds differently from Python 3.12 on
        return items[min(bisect_right(ends, self._random() * ends[-1]), len(items) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in random order."""
        rest = list(items)
        return [rest.pop(int(self._random() * size)) for size in range(len(rest), 0, -1)]
