"""Baselines: the rewards that those of a problem's samples are compared with.

best    those of the best program of the run so far (RLTF, section 3.3: "historical optimal code")
greedy  those of the greedy program of the same round (RLTF's released code, CodeRL's self-critic)
mean    their own mean (GRPO)

Samples are seldom better than the best or the greedy program. What they teach is then nearly all
negative, and a policy that learns from nothing else forgets how to write, and how to end, a program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from rltf.diagnosis import CATEGORIES, category_of
from rltf.reward import ScoredSample
from rltf.verdict import Verdict

Baseline = Literal["best", "greedy", "mean"]


@dataclass(frozen=True)
class _Best:
    rank: tuple[int, float]
    values: Mapping[str, float | None]


class Baselines:
    """Remember the best program of every problem, as its rank and its rewards.

    A program without any reward is none: it could not be judged, or is left out.
    """

    def __init__(self, kind: Baseline) -> None:
        self._kind = kind
        self._best: dict[str, _Best] = {}

    def compare(
        self, greedy: ScoredSample, samples: Sequence[ScoredSample]
    ) -> Mapping[str, float | None] | None:
        """Return the baseline rewards for one problem's samples, and remember these samples.

        The samples themselves do not count yet. ``None``: no program could be judged.
        """
        if self._kind == "greedy":
            return greedy.baselines if _counts(greedy) else None
        if self._kind == "mean":
            return _mean([scored.baselines for scored in samples if _counts(scored)])
        self._remember(greedy)
        best = self._best.get(greedy.sample.task_id)
        for scored in samples:
            self._remember(scored)
        return best.values if best else None

    def _remember(self, scored: ScoredSample) -> None:
        if not _counts(scored):
            return
        task_id, rank = scored.sample.task_id, _rank(scored.judged.verdict)
        known = self._best.get(task_id)
        if known is None or rank > known.rank:
            self._best[task_id] = _Best(rank, scored.baselines)

    def state_dict(self) -> dict[str, Any]:
        """Return the state for a checkpoint."""
        return {
            task_id: {"rank": best.rank, "values": dict(best.values)}
            for task_id, best in self._best.items()
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint."""
        self._best = {
            task_id: _Best(tuple(best["rank"]), best["values"]) for task_id, best in state.items()
        }


def _mean(rewards: Sequence[Mapping[str, float | None]]) -> Mapping[str, float | None] | None:
    """Return the mean of each reward over the samples that have it."""
    if not rewards:
        return None
    means: dict[str, float | None] = {}
    for name in rewards[0]:
        known = [value for each in rewards if (value := each[name]) is not None]
        means[name] = fmean(known) if known else None
    return means


def _counts(scored: ScoredSample) -> bool:
    has_rewards = not scored.terms or any(terms is not None for terms in scored.terms.values())
    return scored.verdict.status != "unscored" and has_rewards


def _rank(verdict: Verdict) -> tuple[int, float]:
    """Return how far a program came, as coarse and adaptive feedback define it."""
    return CATEGORIES.index(category_of(verdict.status)), verdict.pass_ratio or 0.0
