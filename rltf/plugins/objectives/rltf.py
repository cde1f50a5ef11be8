"""Objective ``rltf``: supervised loss and unit test feedback, equally weighted (RLTF, Eq. 6 to 10).

    L_total    = L_sl + L_coarse + L_fine + L_adaptive                                   (Eq. 6)
    L_sl       = - sum log p(w_t)                                                        (Eq. 7)
    L_coarse   = - (R_coarse(W) - R_coarse(W_baseline)) sum log p(w_t)                   (Eq. 8)
    L_fine     = - alpha R_fine(W) sum over [S, E) of log p(w_t),  alpha = T / (E - S)   (Eq. 9)
    L_adaptive = - (R_adaptive(W) - R_adaptive(W_baseline)) sum log p(w_t)               (Eq. 10)

W_baseline is the greedy program of the weights that wrote W, for the same problem. Sums are divided
by the number of tokens in the step, as in RLTF's released code, so that the batch size is not part
of the learning rate.

A sample may come from weights of some steps ago. Its tokens weigh rho = min(1, p(w_t) now / then),
which is 1 for a fresh sample: without it, what the policy no longer writes is pushed down ever
further, and a buffer of more than one round makes small policies forget how to write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rltf.hookspecs import Register, hookimpl
from rltf.reward import RewardTerm, ScoredSample
from rltf.spans import TokenMap, token_rewards

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import Group, OwnTokens, TokenBatch

Terms = tuple[RewardTerm, ...] | None
"""What one reward says of a program; ``None``: it does not apply."""


class RLTFObjective:
    """See the module. Rewards add up, each with its weight; the paper's weights are all 1."""

    def advantages(self, group: Group) -> list[Tensor | None]:
        """Each token's share of the rewards.

        ``None`` for samples that nothing is known of, and for all of them where nothing is known of
        the greedy program.
        """
        greedy = group.greedy
        if greedy is None:
            return [None for _ in group.samples]
        return [self._advantages(sample, greedy, group) for sample in group.samples]

    def _advantages(
        self, scored: ScoredSample, greedy: ScoredSample, group: Group
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
                {
                    name: _comparable(terms, greedy.terms[name])
                    for name, terms in scored.terms.items()
                },
                token_map,
                baselines={name: _baseline(terms) for name, terms in greedy.terms.items()},
                weights=group.reward_weights,
            )
        )

    def policy_loss(self, batch: OwnTokens) -> Tensor:
        """Eq. 8 to 10, over the rewards' sum, with the weight of tokens that were written earlier."""
        ratio = (batch.log_probs.detach() - batch.written_log_probs).exp().clamp(max=1.0)
        return -(ratio * batch.advantages * batch.log_probs).sum() / batch.tokens_in_step

    def supervised_loss(self, batch: TokenBatch) -> Tensor:
        """Eq. 7."""
        return -batch.log_probs.sum() / batch.tokens_in_step


def _comparable(terms: Terms, greedy: Terms) -> Terms:
    """Without the terms that need a baseline where the greedy program has no such reward.

    The adaptive reward is for programs that ran: beside a greedy program that did not, it says no
    more than the coarse reward does.
    """
    if terms is None or greedy is not None:
        return terms
    return tuple(term for term in terms if not term.baseline)


def _baseline(greedy: Terms) -> float:
    return sum(term.value for term in greedy or () if term.baseline)


@hookimpl
def rltf_register_objectives(register: Register) -> None:
    """Register ``rltf``."""
    register("rltf", RLTFObjective)
