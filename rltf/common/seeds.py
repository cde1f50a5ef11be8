"""Random numbers without state: every draw has a name, from which its seed is derived.

So a run that was killed and resumed needs no generator state to repeat itself bit for bit: the draw
of round 7 is the same whether rounds 1 to 6 ran in this process or in an earlier one.
"""

from __future__ import annotations

import hashlib

import numpy as np


def derive_seed(*name: int | str) -> int:
    """Return a seed in [0, 2^63) that depends on every part of a name, such as (0, "round", 7)."""
    digest = hashlib.blake2b(repr(name).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def shuffled_indices(size: int, start: int, count: int, *name: int | str) -> list[int]:
    """Return entries ``start`` to ``start + count`` of an endless sequence of shuffled passes.

    Each pass is a permutation of ``range(size)``, so every index comes once before any comes twice.
    """
    indices: list[int] = []
    while len(indices) < count:
        epoch, offset = divmod(start + len(indices), size)
        order = np.random.default_rng(derive_seed(*name, epoch)).permutation(size)
        indices += order[offset : offset + count - len(indices)].tolist()
    return indices
