"""Objective ``ppo``: PPOCoder's proximal policy optimization, with a value head (Shojaee et al., 2023).

    r_t    = terms that end at token t - beta (log p(w_t) - log reference(w_t))
    d_t    = r_t + discount V_t+1 - V_t,     A_t = d_t + discount trace A_t+1    (Schulman et al., 2016)
    L_clip = - sum min(ratio A, clip(ratio, 1 - clip, 1 + clip) A)
    L_v    = 1/2 sum max((V - G)^2, (V_written + clip(V - V_written, +-value_clip) - G)^2),  G = A + V
    L      = (L_clip + value_weight L_v) / tokens of the step + L_sl
    beta  *= 1 + clip(KL / kl_target - 1, +-0.2) n / 10,000                      after each round

A term for the whole program is paid at the last token. A term for part of it, such as one of
``fine``, is paid at the last token of that part. No baseline program is needed: values take its
place. KL is the mean over the round's n samples of the summed log-ratios. The defaults are those of
PPOCoder's scripts, but for ``whiten``: its code whitens each sample's advantages by themselves, which
removes the difference between a good and a bad sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from rltf.common.options import NonNegativeFloat, PositiveFloat, Share
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.objectives.token_credit import (
    Supervised,
    clipped_losses,
    is_known,
    token_map,
)
from rltf.reward import ScoredSample

if TYPE_CHECKING:
    from torch import Tensor, nn

    from rltf.trainer.objective import Estimate, Group, OwnTokens, WrittenTokens

HORIZON = 10_000
LARGEST_CHANGE = 0.2
"""Constants of the adaptive KL coefficient (Ziegler et al., 2019), as in PPOCoder's code."""
DROPOUT = 0.1

Whiten = Literal["round", "sample", "none"]


class PPO(Supervised):
    """See the module.

    Args:
        kl: beta at first; 0 does without a reference policy.
        kl_target: KL that beta is adapted to, in nats per sample.
        clip: Range of the likelihood ratio.
        value_clip: Range of the change of a value.
        value_weight: Factor of L_v.
        discount: gamma.
        trace: lambda.
        whiten: Whether advantages are whitened over the round, over each sample, or not.
    """

    def __init__(
        self,
        kl: NonNegativeFloat = 0.1,
        kl_target: PositiveFloat = 1.0,
        clip: NonNegativeFloat = 0.2,
        value_clip: NonNegativeFloat = 0.2,
        value_weight: NonNegativeFloat = 1e-3,
        discount: Share = 1.0,
        trace: Share = 0.95,
        whiten: Whiten = "round",
    ) -> None:
        self.kl = float(kl)
        self._kl_target = kl_target
        self._clip = clip
        self._value_clip = value_clip
        self._value_weight = value_weight
        self._discount = discount
        self._trace = trace
        self._whiten = whiten
        self.needs_reference = kl > 0

    def value_head(self, hidden_size: int) -> nn.Module:
        """Return PPOCoder's head: dropout and one linear layer."""
        from torch import nn

        return nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(hidden_size, 1))

    def advantages(self, group: Group) -> list[Tensor | None]:
        """Return the rewards of the tokens of each sample, which :meth:`estimate` builds on."""
        return [
            _token_rewards(scored, group) if is_known(scored) else None for scored in group.samples
        ]

    def estimate(self, samples: Sequence[WrittenTokens]) -> list[Estimate]:
        """Return advantages and returns (generalized advantage estimation), and adapt beta."""
        import torch

        from rltf.trainer.objective import Estimate

        values = [sample.values for sample in samples if sample.values is not None]
        rows = [self._advantages(sample, own) for sample, own in zip(samples, values, strict=True)]
        if self._whiten == "sample":
            whitened = [_whitened(row, row) for row in rows]
        elif self._whiten == "round" and rows:
            together = torch.cat(rows)
            whitened = [_whitened(row, together) for row in rows]
        else:
            whitened = rows
        self._adapt(samples)
        return [
            Estimate(advantages, row + own)
            for advantages, row, own in zip(whitened, rows, values, strict=True)
        ]

    def policy_loss(self, batch: OwnTokens) -> Tensor:
        """Compute (L_clip + value_weight L_v) / tokens of the step."""
        losses = clipped_losses(batch, self._clip, self._clip)
        if batch.values is not None:
            losses = losses + self._value_weight * self._value_losses(batch)
        return losses.sum() / batch.tokens_in_step

    def state_dict(self) -> dict[str, Any]:
        """Return beta."""
        return {"kl": self.kl}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take beta from a checkpoint."""
        self.kl = float(state["kl"])

    def _advantages(self, sample: WrittenTokens, values: Tensor) -> Tensor:
        import torch

        rewards = sample.rewards
        if sample.reference_log_probs is not None:
            rewards = rewards - self.kl * (sample.log_probs - sample.reference_log_probs)
        following = torch.cat([values[1:], values.new_zeros(1)])
        deltas = rewards + self._discount * following - values
        advantages = torch.zeros_like(deltas)
        last = deltas.new_zeros(())
        for t in range(len(deltas) - 1, -1, -1):
            last = deltas[t] + self._discount * self._trace * last
            advantages[t] = last
        return advantages

    def _adapt(self, samples: Sequence[WrittenTokens]) -> None:
        distances = [
            float((sample.log_probs - sample.reference_log_probs).sum())
            for sample in samples
            if sample.reference_log_probs is not None
        ]
        if not distances:
            return
        mean = sum(distances) / len(distances)
        change = min(max(mean / self._kl_target - 1, -LARGEST_CHANGE), LARGEST_CHANGE)
        self.kl *= 1 + change * len(distances) / HORIZON

    def _value_losses(self, batch: OwnTokens) -> Tensor:
        import torch

        assert batch.values is not None
        assert batch.written_values is not None
        assert batch.returns is not None
        change = (batch.values - batch.written_values).clamp(-self._value_clip, self._value_clip)
        free = (batch.values - batch.returns) ** 2
        clipped = (batch.written_values + change - batch.returns) ** 2
        return 0.5 * torch.maximum(free, clipped) * batch.present


def _token_rewards(scored: ScoredSample, group: Group) -> Tensor:
    import torch

    tokens = token_map(scored, group.token_table)
    rewards = torch.zeros(len(tokens))
    for name, terms in scored.terms.items():
        for term in terms or ():
            first, stop = tokens.tokens(term.start, term.end)
            if first < stop:
                rewards[stop - 1] += group.reward_weights.get(name, 1.0) * term.value
    return rewards


def _whitened(row: Tensor, among: Tensor) -> Tensor:
    return (row - among.mean()) / (among.var(unbiased=False) + 1e-8).sqrt()


@hookimpl
def rltf_register_objectives(register: Register) -> None:
    """Register ``ppo``."""
    register("ppo", PPO)
