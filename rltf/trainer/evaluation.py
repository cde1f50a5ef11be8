"""Evaluation: greedy programs for held-out problems, judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.sampling_options import Sampling
from rltf.trainer.rollout import Rollouts


@dataclass(frozen=True)
class Evaluation:
    """The results of greedy programs for held-out problems."""

    pass_at_1: float | None
    """Share of the judged problems that were solved; ``None``: none could be judged."""
    errors: dict[str, int]
    """Status to the number of programs that have it, ``passed`` and ``unscored`` included."""


def evaluate(
    rollouts: Rollouts, problems: Sequence[Problem], max_new_tokens: int, policy_step: int
) -> Evaluation:
    """Write and judge one greedy program for each problem."""
    greedy = Sampling(temperature=0.0, max_new_tokens=max_new_tokens)
    pending = rollouts.start(problems, sampling=greedy, copies=1, seed=0, policy_step=policy_step)
    statuses = status_counts([scored for (scored,) in pending.result()])
    judged = len(problems) - statuses.get("unscored", 0)
    return Evaluation(statuses.get("passed", 0) / judged if judged else None, statuses)


def status_counts(samples: Sequence[ScoredSample]) -> dict[str, int]:
    """Count the programs of each status, sorted by status."""
    return dict(sorted(Counter(scored.verdict.status for scored in samples).items()))
