"""Objective ``grpo``: samples are compared with their group, the ratio is clipped.

    A_i  = (R_i - mean R) / std R                                                    (GRPO, Eq. 3)
    l_it = - min(r_it A_i, clip(r_it, 1 - clip, 1 + clip_high) A_i),   r_it = p now / p then
    L    = 1/n sum over samples of 1/|W_i| sum over t of l_it  +  kl * D(policy || reference)

with D = sum of exp(d) - d - 1, d = log reference - log policy (Shao et al., 2024). R is the weighted
sum of the rewards with a baseline; :mod:`rltf.plugins.objectives.group_baseline` says what happens
to the others. The variants:

    DAPO      clip_high=0.28, loss=token, overlong=N; extra_rounds of the run    (Yu et al., 2025)
    Dr. GRPO  scale=none, loss=constant                                          (Liu et al., 2025)

The mean over samples is over those of the step that teach something.
"""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from rltf.common.options import NonNegativeFloat, NonNegativeInt, PositiveInt
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.objectives.group_baseline import (
    group_credit,
    group_means,
    relative_totals,
)
from rltf.plugins.objectives.token_credit import Supervised, clipped_losses, is_known
from rltf.reward import RewardTerm, ScoredSample

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import Group, OwnTokens

Scale = Literal["group", "none"]
Mean = Literal["sample", "token", "constant"]
Truncated = Literal["keep", "drop"]

_SMALLEST_SPREAD = 1e-6
OVERLONG = "overlong"
"""Name of the reward that DAPO's shaping adds."""


class GRPO(Supervised):
    """See the module.

    Args:
        scale: ``group`` divides by the standard deviation of the group, ``none`` does not.
        clip: How far below 1 the ratio still counts.
        clip_high: How far above 1; ``None``: as far as ``clip``.
        loss: Mean over the tokens of each sample and then over samples (``sample``), over all
            tokens (``token``), or the sum divided by samples times the maximum length
            (``constant``).
        overlong: Length of DAPO's soft interval, in tokens: in the last ``overlong`` tokens before
            the maximum length, a penalty grows from 0 to 1.
        truncated: ``drop`` leaves samples out that were cut off at the maximum length.
        kl: Factor of the distance from the reference policy; DeepSeekMath has 0.04. Above 0, the
            run keeps a frozen copy of the first weights.
        max_new_tokens: The maximum length; given by the run.
    """

    fewest_samples = 2

    def __init__(
        self,
        scale: Scale = "group",
        clip: NonNegativeFloat = 0.2,
        clip_high: NonNegativeFloat | None = None,
        loss: Mean = "sample",
        overlong: NonNegativeInt = 0,
        truncated: Truncated = "keep",
        kl: NonNegativeFloat = 0.0,
        max_new_tokens: PositiveInt = 512,
    ) -> None:
        self._scale = scale
        self._clip = clip
        self._clip_high = clip if clip_high is None else clip_high
        self._mean = loss
        self._overlong = overlong
        self._drops_truncated = truncated == "drop"
        self._kl = kl
        self._max_tokens = max_new_tokens
        self.needs_reference = kl > 0

    def advantages(self, group: Group) -> list[Tensor | None]:
        """Return the advantages of the tokens of each sample.

        Returns ``None`` for unscored samples and, with ``truncated=drop``, for those cut off.
        """
        shaped = [self._shaped(scored) for scored in group.samples]
        kept = [scored for scored in shaped if self._keeps(scored)]
        weights = {**group.reward_weights, OVERLONG: 1.0}
        group = replace(group, samples=kept, reward_weights=weights)
        means = group_means(kept, leave_one_out=False)
        scale = 1 / self._spread(relative_totals(kept, means, group))
        rows = iter(
            [
                group_credit(scored, mean, group, scale)
                for scored, mean in zip(kept, means, strict=True)
            ]
        )
        return [next(rows) if self._keeps(scored) else None for scored in shaped]

    def policy_loss(self, batch: OwnTokens) -> Tensor:
        """Compute the loss of the module."""
        losses = clipped_losses(batch, self._clip, self._clip_high)  # (B, T)
        if self._kl:
            losses = losses + self._kl * _distance(batch)
        if self._mean == "token":
            return losses.sum() / batch.tokens_in_step
        if self._mean == "constant":
            return losses.sum() / (batch.samples_in_step * self._max_tokens)
        lengths = batch.present.sum(1).clamp(min=1)
        return (losses.sum(1) / lengths).sum() / batch.samples_in_step

    def _keeps(self, scored: ScoredSample) -> bool:
        return is_known(scored) and not (self._drops_truncated and scored.sample.truncated)

    def _spread(self, totals: list[float]) -> float:
        if self._scale == "none" or len(totals) < 2:
            return 1.0
        return statistics.stdev(totals) + _SMALLEST_SPREAD

    def _shaped(self, scored: ScoredSample) -> ScoredSample:
        """Return the sample with DAPO's penalty for its length (Eq. 13), if that is asked for."""
        if not self._overlong or not is_known(scored):
            return scored
        excess = len(scored.sample.token_ids) - (self._max_tokens - self._overlong)
        penalty = -min(max(excess / self._overlong, 0.0), 1.0)
        term = RewardTerm(penalty, baseline=True)
        return replace(scored, terms={**scored.terms, OVERLONG: (term,)})


def _distance(batch: OwnTokens) -> Tensor:
    """Return (B, T) the estimate exp(d) - d - 1 of the distance from the reference policy."""
    assert batch.reference_log_probs is not None
    difference = (batch.reference_log_probs - batch.log_probs) * batch.present
    return difference.exp() - difference - 1


@hookimpl
def rltf_register_objectives(register: Register) -> None:
    """Register ``grpo``."""
    register("grpo", GRPO)
