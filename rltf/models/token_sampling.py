"""Sampling the next token: its choice (greedy, by temperature, by top-p), and the random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from rltf.sampling_options import Sampling

_MANTISSA_BITS = 24
_GOLDEN = 0x9E3779B97F4A7C15
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def choose(logits: Tensor, sampling: Sampling, numbers: Tensor) -> Tensor:
    """Choose the next ids (B,) by logits (B, V) and a uniform number for each row (B, 1)."""
    if sampling.temperature == 0:
        return logits.argmax(-1)
    probabilities = torch.softmax(logits.float() / sampling.temperature, dim=-1)
    if sampling.top_p >= 1:
        return _draw(probabilities, numbers)
    ranked, ids = probabilities.sort(dim=-1, descending=True, stable=True)
    # A token stays when those before it have not reached top_p: the first one always does.
    before = ranked.cumsum(-1) - ranked
    rank = _draw(ranked.masked_fill(before >= sampling.top_p, 0.0), numbers)
    return ids.gather(1, rank.unsqueeze(1)).squeeze(1)


def _draw(weights: Tensor, numbers: Tensor) -> Tensor:
    """Draw a column (B,) for each row of weights (B, V), with one random number per row."""
    reached = weights.cumsum(-1)
    column = torch.searchsorted(reached, numbers * reached[:, -1:], right=True).squeeze(1)
    # Rounding may put the target on the very end; the likeliest column then stands for it.
    return torch.where(column < weights.shape[1], column, weights.argmax(-1))


class Draws(Protocol):
    """A stream of numbers for the rows in flight."""

    def next(self) -> Tensor:
        """Return uniform numbers in [0, 1) for the next position, (rows, 1)."""
        ...

    def keep(self, rows: Tensor) -> None:
        """Continue with these rows alone, in this order."""
        ...


class BatchDraws:
    """One stream for a whole batch: the numbers of a row depend on the rows beside it."""

    def __init__(self, seed: int, rows: int, device: torch.device) -> None:
        self._generator = torch.Generator(device=device).manual_seed(seed)
        self._rows = rows

    def next(self) -> Tensor:
        device = self._generator.device
        return torch.rand(self._rows, 1, device=device, generator=self._generator)

    def keep(self, rows: Tensor) -> None:
        self._rows = len(rows)


class RowDraws:
    """A stream for each row, which depends on the row's own seed and nothing else.

    The number for a position is a hash of seed and position (splitmix64: Steele, Lea and Flood,
    2014), so that there is no state to carry.
    """

    def __init__(self, seeds: Sequence[int], device: torch.device) -> None:
        self._state = torch.tensor([_signed(seed) for seed in seeds], device=device)  # (rows,)

    def next(self) -> Tensor:
        self._state = self._state + _signed(_GOLDEN)  # int64 wraps around, as splitmix64 wants
        bits = self._state
        for shift, factor in _MIX:
            bits = (bits ^ _shifted(bits, shift)) * _signed(factor)
        bits = bits ^ _shifted(bits, 31)
        numbers = _shifted(bits, 64 - _MANTISSA_BITS).float() * 2.0**-_MANTISSA_BITS
        return numbers.unsqueeze(1)

    def keep(self, rows: Tensor) -> None:
        self._state = self._state[rows]


def _shifted(bits: Tensor, by: int) -> Tensor:
    """Shift right without copies of the sign bit."""
    return (bits >> by) & ((1 << (64 - by)) - 1)


def _signed(word: int) -> int:
    """Return the int64 with the bits of an unsigned word."""
    word &= (1 << 64) - 1
    return word - (1 << 64) if word >> 63 else word
