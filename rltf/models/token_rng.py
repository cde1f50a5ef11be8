"""The random numbers that tokens are drawn with, one for each row of a batch and each position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

_MANTISSA_BITS = 24
_GOLDEN = 0x9E3779B97F4A7C15
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


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
