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

Without a baseline program, only terms that need none are left: those of ``fine`` (Eq. 9) teach
even if all programs of a problem fail alike.

With ``baseline=mean`` the samples of a problem are compared with their mean, and the mean over all
their tokens is subtracted from every token's advantage. R_fine is never positive: without that, the
terms of Eq. 9 make every text less likely, the end of a program included.

Mode ``official`` follows the released code: it does not use rho, and compares a problem without a
baseline program with 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.objectives.token_credit import (
    Baselines,
    Supervised,
    credit,
    is_known,
    reinforce_loss,
    token_map,
)
from rltf.reward import Mode, ScoredSample
from rltf.trainer.baselines import Baseline

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import Group, OwnTokens


class RLTFObjective(Supervised):
    """See the module. Rewards are summed with their weights; the paper's weights are all 1."""

    def __init__(self, mode: Mode = "paper", baseline: Baseline = "best") -> None:
        self._is_official = mode == "official"
        self._is_centred = baseline == "mean"

    def advantages(self, group: Group) -> list[Tensor | None]:
        """Return the advantage of each token, for each sample.

        Returns ``None`` for a sample whose rewards are all unknown, and for one that only a
        comparison could tell something about if there is no baseline program.
        """
        rows = [self._credit(scored, group) for scored in group.samples]
        return _centred(rows) if self._is_centred else rows

    def _credit(self, scored: ScoredSample, group: Group) -> Tensor | None:
        if not is_known(scored):
            return None
        is_compared = group.baselines is not None or self._is_official
        baselines: Baselines = group.baselines or {}
        if not is_compared:
            baselines = dict.fromkeys(scored.terms)
        tokens = token_map(scored, group.token_table)
        row = credit(scored.terms, tokens, group.reward_weights, baselines)
        return row if is_compared or bool(row.any()) else None

    def policy_loss(self, batch: OwnTokens) -> Tensor:
        """Compute Eq. 8 to 10 for the sum of the rewards; older tokens are weighted with rho."""
        if self._is_official:
            return -(batch.advantages * batch.log_probs).sum() / batch.tokens_in_step
        return reinforce_loss(batch)


def _centred(rows: list[Tensor | None]) -> list[Tensor | None]:
    """Subtract the mean over all tokens of the rows."""
    import torch

    known = [row for row in rows if row is not None]
    if not known:
        return rows
    mean = torch.cat(known).mean()
    return [None if row is None else row - mean for row in rows]


@hookimpl
def rltf_register_objectives(register: Register) -> None:
    """Register ``rltf``."""
    register("rltf", RLTFObjective)
