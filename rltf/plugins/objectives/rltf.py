"""Objective ``rltf``: supervised loss and unit test feedback, equally weighted (RLTF, Eq. 6 to 10).

    L_total    = L_sl + L_coarse + L_fine + L_adaptive                                   (Eq. 6)
    L_sl       = - sum log p(w_t)                                                        (Eq. 7)
    L_coarse   = - (R_coarse(W) - R_coarse(W_baseline)) sum log p(w_t)                   (Eq. 8)
    L_fine     = - alpha R_fine(W) sum over [S, E) of log p(w_t),  alpha = T / (E - S)   (Eq. 9)
    L_adaptive = - (R_adaptive(W) - R_adaptive(W_baseline)) sum log p(w_t)               (Eq. 10)

W_baseline is the greedy program of the weights that wrote W, for the same problem. The sums over
tokens are divided by the number of programs in the step, so that the batch size is not part of the
learning rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rltf.hookspecs import Register, hookimpl
from rltf.reward import ScoredSample
from rltf.spans import TokenMap, token_rewards

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import Group, TokenBatch


class RLTFObjective:
    """See the module. Rewards add up, each with its weight; the paper's weights are all 1."""

    def advantages(self, group: Group) -> list[Tensor | None]:
        """Each token's share of the rewards; ``None`` for samples that nothing is known of."""
        baselines = _baselines(group.greedy)
        return [self._advantages(sample, baselines, group) for sample in group.samples]

    def _advantages(
        self, scored: ScoredSample, baselines: dict[str, float], group: Group
    ) -> Tensor | None:
        import torch

        if all(terms is None for terms in scored.terms.values()):
            return None
        sample = scored.sample
        token_map = TokenMap(
            [group.token_table[token] for token in sample.token_ids], sample.program, sample.shift
        )
        return torch.from_numpy(
            token_rewards(
                scored.terms, token_map, baselines=baselines, weights=group.reward_weights
            )
        )

    def policy_loss(self, batch: TokenBatch, advantages: Tensor) -> Tensor:
        """Eq. 8 to 10, over the rewards' sum."""
        return -(advantages * batch.log_probs).sum() / batch.rows_in_step

    def supervised_loss(self, batch: TokenBatch) -> Tensor:
        """Eq. 7."""
        return -batch.log_probs.sum() / batch.rows_in_step


def _baselines(greedy: ScoredSample | None) -> dict[str, float]:
    """Reward name to the greedy program's value, for rewards that have one."""
    if greedy is None:
        return {}
    return {
        name: sum(term.value for term in terms if term.baseline)
        for name, terms in greedy.terms.items()
        if terms is not None
    }


@hookimpl
def rltf_register_objectives(register: Register) -> None:
    """Register ``rltf``."""
    register("rltf", RLTFObjective)
