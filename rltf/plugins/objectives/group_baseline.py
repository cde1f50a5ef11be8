"""Samples of a problem compared with each other, reward by reward.

    A_i = sum over rewards of weight * (value_i - baseline of the group for that reward)

For rewards that score every sample, this is the weighted total minus the baseline of the totals. A
reward that scores only some samples, such as ``adaptive``, compares those: a program that did not
run is no better than one that ran and failed, for having no value.

Terms without a baseline, such as those of ``fine``, are for parts of one program, which no other
sample shares. They are added to their tokens as they are (RLTF, Eq. 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rltf.plugins.objectives.token_credit import (
    Baselines,
    absolute_terms,
    credit,
    relative_terms,
    token_map,
)
from rltf.reward import ScoredSample

if TYPE_CHECKING:
    from torch import Tensor

    from rltf.trainer.objective import Group


def group_means(samples: Sequence[ScoredSample], *, leave_one_out: bool) -> list[Baselines]:
    """Return the baseline of each sample: the mean of its group, or of the others in it."""
    values = [scored.baselines for scored in samples]
    names = dict.fromkeys(name for each in values for name in each)

    def others(index: int) -> Iterable[Baselines]:
        return values[:index] + values[index + 1 :] if leave_one_out else values

    return [
        {name: _mean(each.get(name) for each in others(index)) for name in names}
        for index in range(len(samples))
    ]


def group_credit(
    scored: ScoredSample, baselines: Baselines, group: Group, scale: float = 1.0
) -> Tensor:
    """Return (T,) the credit of each token: relative terms times ``scale``, absolute ones as is."""
    tokens = token_map(scored, group.token_table)
    relative = credit(relative_terms(scored.terms), tokens, group.reward_weights, baselines)
    return scale * relative + credit(absolute_terms(scored.terms), tokens, group.reward_weights)


def relative_totals(
    samples: Sequence[ScoredSample], baselines: Sequence[Baselines], group: Group
) -> list[float]:
    """Return the A_i of the module for each sample."""
    return [
        sum(
            group.reward_weights.get(name, 1.0) * (value - baseline)
            for name, value in scored.baselines.items()
            if value is not None and (baseline := own.get(name)) is not None
        )
        for scored, own in zip(samples, baselines, strict=True)
    ]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
