"""What objectives share: which terms are relative, the tokens they are for, and two losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rltf.reward import RewardTerm, ScoredSample
from rltf.spans import TokenMap, token_rewards

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import OwnTokens, TokenBatch

Terms = Mapping[str, Sequence[RewardTerm] | None]
Baselines = Mapping[str, float | None]
"""Reward name to the value to compare with; ``None``: that reward cannot be compared."""


def is_known(scored: ScoredSample) -> bool:
    """Return whether any reward could score the sample."""
    return any(terms is not None for terms in scored.terms.values())


def comparable(terms: Terms, baselines: Baselines) -> Terms:
    """Return the terms without those that need a baseline, of rewards that have none.

    The adaptive reward is for programs that ran. Compared with a program that did not run, it
    says no more than the coarse reward does.
    """
    return {
        name: each
        if each is None or baselines.get(name, 0.0) is not None
        else tuple(term for term in each if not term.baseline)
        for name, each in terms.items()
    }


def relative_terms(terms: Terms) -> Terms:
    """Return the terms that have a baseline."""
    return {
        name: tuple(term for term in each or () if term.baseline) for name, each in terms.items()
    }


def absolute_terms(terms: Terms) -> Terms:
    """Return the terms without a baseline, such as those of RLTF's fine feedback (Eq. 9)."""
    return {
        name: tuple(term for term in each or () if not term.baseline)
        for name, each in terms.items()
    }


def token_map(scored: ScoredSample, token_table: Sequence[bytes]) -> TokenMap:
    """Return the map from the characters of a sample's program to its tokens."""
    sample = scored.sample
    return TokenMap(
        [token_table[token] for token in sample.token_ids], sample.program, sample.shift
    )


def credit(
    terms: Terms, tokens: TokenMap, weights: Mapping[str, float], baselines: Baselines | None = None
) -> Tensor:
    """Return (T,) float32: the sum of the terms for each token (RLTF, Eq. 6 and 8 to 10)."""
    import torch

    kept = terms if baselines is None else comparable(terms, baselines)
    return torch.from_numpy(token_rewards(kept, tokens, baselines=baselines, weights=weights))


def likelihood_ratio(batch: OwnTokens) -> Tensor:
    """Return (B, T) p(token) now / p(token) when it was written, with gradient."""
    return (batch.log_probs - batch.written_log_probs).exp()


def reinforce_loss(batch: OwnTokens) -> Tensor:
    """Return - sum rho A log p over the tokens of the step, with rho = min(1, ratio) held fixed."""
    rho = likelihood_ratio(batch).detach().clamp(max=1)
    return -(batch.advantages * rho * batch.log_probs).sum() / batch.tokens_in_step


def clipped_losses(batch: OwnTokens, low: float, high: float) -> Tensor:
    """Return (B, T) - min(ratio A, clip(ratio, 1 - low, 1 + high) A) (Schulman et al., 2017)."""
    import torch

    ratio = likelihood_ratio(batch)
    clipped = ratio.clamp(1 - low, 1 + high)
    return -torch.minimum(ratio * batch.advantages, clipped * batch.advantages) * batch.present


class Supervised:
    """An objective with RLTF's loss on reference programs."""

    def supervised_loss(self, batch: TokenBatch) -> Tensor:
        """Compute - sum log p(w_t) over the tokens of the step (RLTF, Eq. 7)."""
        return -batch.log_probs.sum() / batch.tokens_in_step
