"""Choosing the next token from its logits: greedy, by temperature, and by top-p."""

from __future__ import annotations

import torch
from torch import Tensor

from rltf.sampling_options import Sampling


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
