"""The figures of ``metrics.jsonl``: what a round of samples shows, and what a step took."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from rltf.reward import ScoredSample
from rltf.scoring.visibility import pass_ratio_gap
from rltf.trainer.evaluation import status_counts


def round_metrics(
    samples: Sequence[ScoredSample],
    greedy_samples: Sequence[ScoredSample],
    experiences: int,
    reward_weights: Mapping[str, float],
    kl: float | None,
    left_out: Mapping[str, int],
) -> dict[str, Any]:
    """Return the figures of a round; the same seed gives the same figures.

    Args:
        experiences: Number of samples that training takes from the round.
        kl: Mean of log(policy / reference policy) over their tokens, if there is a reference.
        left_out: Number of samples that training does not learn from, by the reason.
    """
    judged = [scored for scored in samples if scored.verdict.status != "unscored"]
    greedy = [scored for scored in greedy_samples if scored.verdict.status != "unscored"]
    return {
        "samples": len(samples),
        "unscored": len(samples) - len(judged),
        "guarded_left_out": left_out.get("guarded", 0),
        "left_out": {reason: count for reason, count in sorted(left_out.items()) if count},
        "truncated": sum(scored.sample.truncated for scored in samples),
        "statuses": status_counts(samples),
        "attempts": _attempts(samples),
        "pass_rate": _mean(float(scored.verdict.passed) for scored in judged),
        "greedy_pass_rate": _mean(float(scored.verdict.passed) for scored in greedy),
        "reward": _mean(
            total for scored in judged if (total := scored.total(reward_weights)) is not None
        ),
        "rewards": _mean_rewards(judged),
        "visible_gap": _mean(
            gap
            for scored in judged
            if (gap := pass_ratio_gap(scored.judged.problem, scored.verdict)) is not None
        ),
        "tokens_per_sample": _mean(len(scored.sample.token_ids) for scored in samples),
        "experiences": experiences,
        "entropy": _mean(-log_prob for scored in samples for log_prob in scored.sample.log_probs),
        "kl": kl,
    }


def step_timings(
    before: Mapping[str, float], after: Mapping[str, float], samples: int
) -> dict[str, float]:
    """Return what a step took. These figures are measured, so they differ from run to run.

    Args:
        before: Seconds by activity (``Stopwatch.seconds``) at the start of the step.
        after: The same at its end.
        samples: Number of samples that the step drew.
    """
    spent = {name: after[name] - before[name] for name in after}
    figures = {
        f"{name}_seconds": round(spent[name], 4)
        for name in ("total", "generation", "reward", "reward_exposed", "update")
    }
    figures["samples_per_s"] = round(samples / spent["total"], 2)
    figures["peak_memory_mb"] = _peak_memory_mb()
    return figures


def _peak_memory_mb() -> float:
    if torch.cuda.is_available():
        return round(torch.cuda.max_memory_allocated() / 2**20, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _mean_rewards(judged: Sequence[ScoredSample]) -> dict[str, float | None]:
    """Return the mean of each reward over the samples that it scored."""
    names = judged[0].rewards if judged else ()
    return {
        name: _mean(value for scored in judged if (value := scored.rewards[name]) is not None)
        for name in names
    }


def _attempts(samples: Sequence[ScoredSample]) -> dict[str, int]:
    """Count the samples that showed an attempt to cheat, by the kind of attempt."""
    attempts = Counter(kind for scored in samples for kind in scored.verdict.attempts)
    return dict(sorted(attempts.items()))


def _mean(values: Iterator[float]) -> float | None:
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else None
