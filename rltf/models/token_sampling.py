"""Sampling the next token: its choice (greedy, by temperature, by top-p), and the random numbers.

On a CPU with AVX-512 or AVX2 the choice is made in C, which draws again where an id is outside the
nucleus (csrc/decode/choose.c). The distribution is the same; what a seed gives is not.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rltf.models.engine import compiled
from rltf.sampling_options import Sampling

_MANTISSA_BITS = 24
_GOLDEN = 0x9E3779B97F4A7C15
_HIGHEST_BIT_OF_ONE = 29
"""Of 1.0 as a float32; no probability has a higher one."""
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
        self.seeds = seeds
        self.positions = positions

    def numbers(self) -> Tensor:
        """Return numbers (B,) in [0, 1)."""
        # int64 wraps around, as splitmix64 wants
        bits = _mixed(self.seeds + (self.positions + 1) * signed(_GOLDEN))
        return _shifted(bits, 64 - _MANTISSA_BITS).float() * 2.0**-_MANTISSA_BITS


def choose(
    logits: Tensor, sampling: Sampling, draws: Draws, forced: Tensor
) -> tuple[Tensor, Tensor]:
    """Choose the next ids (B,) by logits (B, V) in float32, and return their log-probabilities (B,).

    These are those of all ids at temperature 1, whatever the sampling. Where ``forced`` (B,) is 0 or
    more, it is the id. No operation waits for a GPU, or has a shape that depends on numbers.
    """
    if compiled.is_supported(logits.device):
        return compiled.choose(
            logits, sampling.temperature, sampling.top_p, draws.seeds, draws.positions, forced
        )
    ids = torch.where(forced >= 0, forced, _free_choice(logits, sampling, draws))
    log_probs = logits.gather(1, ids.unsqueeze(1)).squeeze(1) - logits.logsumexp(-1)
    return ids, log_probs


def _free_choice(logits: Tensor, sampling: Sampling, draws: Draws) -> Tensor:
    if sampling.temperature == 0:
        return logits.argmax(-1)
    if sampling.temperature != 1:
        logits = logits / sampling.temperature
    probabilities = torch.softmax(logits, dim=-1)
    if sampling.top_p < 1:
        probabilities = _nucleus(probabilities, sampling.top_p)
    return _draw(probabilities, draws.numbers())


def _nucleus(probabilities: Tensor, top_p: float) -> Tensor:
    """Keep the likeliest ids that reach ``top_p`` in probabilities (B, V); 0 for all others.

    Nothing is sorted: the least probability of the nucleus is found bit by bit, since positive
    floats are ordered as their bits are. Of those that have just this probability, the ids that
    come first are kept, as many as are needed.
    """
    bits = probabilities.view(torch.int32)
    least = torch.zeros_like(bits[:, :1])
    for place in range(_HIGHEST_BIT_OF_ONE, -1, -1):
        raised = least + (1 << place)
        reached = torch.where(bits >= raised, probabilities, 0.0).sum(-1, keepdim=True)
        least = torch.where(reached >= top_p, raised, least)
    above = torch.where(bits > least, probabilities, 0.0)
    equal = bits == least
    before = above.sum(-1, keepdim=True) + (equal.cumsum(-1) - 1) * least.view(torch.float32)
    return torch.where(equal & (before < top_p), probabilities, above)


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
