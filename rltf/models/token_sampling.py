"""Sampling the next token: its choice (greedy, by temperature, by top-p), and the random numbers."""

from __future__ import annotations

import torch
from torch import Tensor

from rltf.sampling_options import Sampling

_MANTISSA_BITS = 24
_GOLDEN = 0x9E3779B97F4A7C15
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


class Draws:
    """Uniform numbers for a position of each row, which depend on the row's own seed alone.

    A number is a hash of seed and position (splitmix64: Steele, Lea and Flood, 2014), so that there
    is no state to carry.

    Args:
        seeds: (B,) int64.
        positions: (B,) number of ids that each row has written.
    """

    def __init__(self, seeds: Tensor, positions: Tensor) -> None:
        self._seeds = seeds
        self._positions = positions

    def numbers(self, attempt: int = 0) -> Tensor:
        """Return numbers (B,) in [0, 1); each attempt has numbers of its own."""
        # int64 wraps around, as splitmix64 wants
        bits = _mixed(self._seeds + (self._positions + 1) * signed(_GOLDEN))
        if attempt:
            bits = _mixed(bits + signed(attempt * _GOLDEN))
        return _shifted(bits, 64 - _MANTISSA_BITS).float() * 2.0**-_MANTISSA_BITS


def choose(logits: Tensor, sampling: Sampling, draws: Draws) -> Tensor:
    """Choose the next ids (B,) by logits (B, V) in float32."""
    if sampling.temperature == 0:
        return logits.argmax(-1)
    if sampling.temperature != 1:
        logits = logits / sampling.temperature
    probabilities = torch.softmax(logits, dim=-1)
    ids = _draw(probabilities, draws.numbers())
    return ids if sampling.top_p >= 1 else _into_nucleus(ids, probabilities, draws, sampling.top_p)


def token_log_probs(logits: Tensor, ids: Tensor) -> Tensor:
    """Return the log-probability (B,) of each row's id (B,) by logits (B, V) in float32."""
    return logits.gather(1, ids.unsqueeze(1)).squeeze(1) - logits.logsumexp(-1)


def _into_nucleus(ids: Tensor, probabilities: Tensor, draws: Draws, top_p: float) -> Tensor:
    """Draw again where an id is not among the likeliest that reach ``top_p``.

    Nothing is sorted: an id is in the nucleus if those before it (likelier ones, and equal ones
    with a smaller id) have not reached ``top_p``. A draw outside is followed by one among those
    before it alone, which all of the nucleus is; so what is drawn in the end is distributed as the
    nucleus is. The first draw succeeds with a probability of at least ``top_p``.
    """
    ids = ids.clone()
    rows = torch.arange(len(ids), device=ids.device)
    columns = torch.arange(probabilities.shape[1], device=ids.device)
    drawn = ids
    attempt = 0
    while True:
        own = probabilities.gather(1, drawn.unsqueeze(1))
        less = torch.nextafter(own, own.new_zeros(()))
        floor = torch.where(columns < drawn.unsqueeze(1), less, own)
        before = torch.where(probabilities > floor, probabilities, 0.0)
        outside = before.sum(-1) >= top_p
        if not bool(outside.any()):
            return ids
        attempt += 1
        rows, probabilities = rows[outside], before[outside]
        drawn = _draw(probabilities, draws.numbers(attempt)[rows])
        ids[rows] = drawn


def _draw(weights: Tensor, numbers: Tensor) -> Tensor:
    """Draw a column (B,) for each row of weights (B, V), with a random number (B,) per row."""
    reached = weights.cumsum(-1)
    total = reached[:, -1:]
    targets = numbers.unsqueeze(1) * total
    # rounding may put a target on the very end, where no column is left
    targets = torch.minimum(targets, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(reached, targets, right=True).squeeze(1)


def _mixed(bits: Tensor) -> Tensor:
    for shift, factor in _MIX:
        bits = (bits ^ _shifted(bits, shift)) * signed(factor)
    return bits ^ _shifted(bits, 31)


def _shifted(bits: Tensor, by: int) -> Tensor:
    """Shift right without copies of the sign bit."""
    return (bits >> by) & ((1 << (64 - by)) - 1)


def signed(word: int) -> int:
    """Return the int64 with the bits of an unsigned word."""
    word &= (1 << 64) - 1
    return word - (1 << 64) if word >> 63 else word
