"""The advantages of a sample's tokens as steps over the characters of its program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rltf.sample import Sample
from rltf.spans import TokenMap

if TYPE_CHECKING:
    from torch import Tensor

_DIGITS = 5
"""Significant digits of an advantage, for a reader."""


def advantage_steps(
    sample: Sample, advantages: Tensor, token_table: Sequence[bytes]
) -> list[tuple[int, float]]:
    """Return (character, advantage): that of each token from there up to the next one listed.

    Neighbours with the same advantage are one step. Tokens that spell nothing of the program, such
    as the end id, are left out; characters before the first step were not sampled.

    Args:
        advantages: (T,) of the sampled tokens.
        token_table: Bytes of every id of the vocabulary.
    """
    token_map = TokenMap([token_table[i] for i in sample.token_ids], sample.program, sample.shift)
    starts = [*token_map.characters(), len(sample.program)]
    steps: list[tuple[int, float]] = []
    for start, end, value in zip(starts, starts[1:], advantages.tolist(), strict=False):
        rounded = float(f"{value:.{_DIGITS}g}")
        if start < min(end, len(sample.program)) and not (steps and steps[-1][1] == rounded):
            steps.append((start, rounded))
    return steps
