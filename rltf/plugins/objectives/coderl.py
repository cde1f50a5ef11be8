"""Objective ``coderl``: a critic's weights on the tokens, the greedy program as baseline.

    L_total = L_ce + L_rl                                                  (CodeRL, section 3.2)
    L_rl    = - (r(W) - r(W_greedy)) sum over t of q_t log p(w_t)          (CodeRL, Eq. 10 and 14)

q_t is the critic's probability of the program's true outcome, as seen from token t. Both sums are
divided by the number of tokens in the step, as in CodeRL's code. Terms that bring weights of their
own, as those of the reward ``critic`` do, keep them. As in RLTF's released code, q_t also weighs
terms without a baseline. Tokens of older weights are weighted as in ``rltf``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rltf.errors import PluginError
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.objectives.token_credit import (
    Supervised,
    Terms,
    credit,
    is_known,
    reinforce_loss,
    token_map,
)
from rltf.reward import ScoredSample

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import Group, OwnTokens


class CodeRL(Supervised):
    """See the module. ``critic`` is the folder of a critic, made by ``rltf critic train``."""

    def __init__(self, critic: str | None = None) -> None:
        if critic is None:
            raise PluginError(
                "objective 'coderl' needs a critic: --set critic=DIR or coderl[critic=DIR]; "
                "rltf critic train SAMPLES.jsonl --dataset NAME --out DIR makes one"
            )
        from rltf.critic import load_critic

        self._critic = load_critic(str(critic))

    def advantages(self, group: Group) -> list[Tensor | None]:
        """Return the advantages of the tokens of each sample.

        Returns ``None`` for unscored samples, and for all if the greedy program is unscored.
        """
        if group.greedy is None or not is_known(group.greedy):
            return [None for _ in group.samples]
        baselines = group.greedy.baselines
        return [
            credit(
                self._weighted(scored),
                token_map(scored, group.token_table),
                group.reward_weights,
                baselines,
            )
            if is_known(scored)
            else None
            for scored in group.samples
        ]

    def policy_loss(self, batch: OwnTokens) -> Tensor:
        """Compute L_rl."""
        return reinforce_loss(batch)

    def _weighted(self, scored: ScoredSample) -> Terms:
        weights = self._critic.token_weights(scored.judged)
        return {
            name: None
            if terms is None
            else tuple(
                replace(term, weights=weights) if not term.weights else term for term in terms
            )
            for name, terms in scored.terms.items()
        }


@hookimpl
def rltf_register_objectives(register: Register) -> None:
    """Register ``coderl``."""
    register("coderl", CodeRL)
