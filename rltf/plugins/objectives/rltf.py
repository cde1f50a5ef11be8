"""Objective ``rltf``: supervised loss and unit test feedback, equally weighted (RLTF, Eq. 6 to 10).

    L_total    = L_sl + L_coarse + L_fine + L_adaptive                                   (Eq. 6)
    L_sl       = - sum log p(w_t)                                                        (Eq. 7)
    L_coarse   = - (R_coarse(W) - R_coarse(W_baseline)) sum log p(w_t)                   (Eq. 8)
    L_fine     = - alpha R_fine(W) sum over [S, E) of log p(w_t),  alpha = T / (E - S)   (Eq. 9)
    L_adaptive = - (R_adaptive(W) - R_adaptive(W_baseline)) sum log p(w_t)               (Eq. 10)

W_baseline is the best program so far for the same problem, or the greedy program of the weights
that wrote W (``rltf.trainer.baselines``). Sums are divided by the number of tokens in the step, as
in RLTF's released code, so that the batch size does not scale the learning rate.

A sample may have been written by older weights. Its tokens are weighted with
rho = min(1, p(w_t) now / p(w_t) then), which is 1 for a new sample. Without rho, the probability of
texts that the policy no longer writes is reduced without limit, and with a buffer of more than one
round small policies forget how to write.

Mode ``official`` follows the released code: it does not use rho, and compares a problem without a
baseline program with 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rltf.hookspecs import Register, hookimpl
from rltf.reward import Mode, RewardTerm, ScoredSample
from rltf.spans import TokenMap, token_rewards

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import Group, OwnTokens, TokenBatch


class RLTFObjective:
    """See the module. Rewards are summed with their weights; the paper's weights are all 1."""

    def __init__(self, mode: Mode = "paper") -> None:
        self._is_official = mode == "official"

    def advantages(self, group: Group) -> list[Tensor | None]:
        """Return the advantage of each token, for each sample.

        Returns ``None`` for a sample whose rewards are all unknown, and for all samples if the
        rewards of the baseline program are unknown.
        """
        baselines = group.baselines
        if baselines is None and self._is_official:
            baselines = {}
        if baselines is None:
            return [None for _ in group.samples]
        return [self._advantages(sample, baselines, group) for sample in group.samples]

    def _advantages(
        self, scored: ScoredSample, baselines: Mapping[str, float | None], group: Group
    ) -> Tensor | None:
        import torch

        if all(terms is None for terms in scored.terms.values()):
            return None
        sample = scored.sample
        token_map = TokenMap(
            [group.token_table[token] for token in sample.token_ids], sample.program, sample.shift
        )
        terms = {
            name: _comparable(terms, baselines.get(name, 0.0))
            for name, terms in scored.terms.items()
        }
        return torch.from_numpy(
            token_rewards(terms, token_map, baselines=baselines, weights=group.reward_weights)
        )

    def policy_loss(self, batch: OwnTokens) -> Tensor:
        """Compute Eq. 8 to 10 for the sum of the rewards; older tokens are weighted with rho."""
        weights = batch.advantages
        if not self._is_official:
            weights = weights * (batch.log_probs.detach() - batch.written_log_probs).exp().clamp(
                max=1
            )
        return -(weights * batch.log_probs).sum() / batch.tokens_in_step

    def supervised_loss(self, batch: TokenBatch) -> Tensor:
        """Compute Eq. 7."""
        return -batch.log_probs.sum() / batch.tokens_in_step


def _comparable(
    terms: tuple[RewardTerm, ...] | None, baseline: float | None
) -> tuple[RewardTerm, ...] | None:
    """Return the terms without those that need a baseline, if the baseline has no such reward.

    The adaptive reward is for programs that ran. Compared with a program that did not run, it
    says no more than the coarse reward does.
    """
    if terms is None or baseline is not None:
        return terms
    return tuple(term for term in terms if not term.baseline)


@hookimpl
def rltf_register_objectives(register: Register) -> None:
    """Register ``rltf``."""
    register("rltf", RLTFObjective)
