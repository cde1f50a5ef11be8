"""The results of a benchmark, from its counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rltf import __version__
from rltf.bench.counts import Counts
from rltf.common.pass_at_k import interval, pass_at_k
from rltf.common.schema import SCHEMA
from rltf.common.seeds import derive_seed

SLOWEST = 10
"""How many of the problems with the slowest tests are named."""


def results(
    about: Mapping[str, Any],
    counts: Counts,
    ks: Sequence[int],
    without_tests: Sequence[str],
    seconds: Mapping[str, float],
    seed: int = 0,
) -> dict[str, Any]:
    """Return what results.json holds.

    Args:
        about: What was measured, and how: digests, names and options.
        counts: The samples and their verdicts.
        ks: The values of k for pass@k.
        without_tests: Ids of the problems that were left out because they have no tests.
        seconds: Times of the process that finished the benchmark. ``judging`` is added to them: the
            time of the tests, summed over all workers and all processes that took part.
        seed: Seed of the bootstrap.
    """
    all_problems = np.ones(len(counts.problems), dtype=bool)
    return {
        "schema": SCHEMA,
        "rltf": __version__,
        **about,
        **_scores(seed, counts, ks, all_problems),
        "by_difficulty": {
            difficulty: _scores(seed, counts, ks, mask)
            for difficulty, mask in _difficulties(counts).items()
        },
        "statuses": counts.statuses,
        "modes": counts.modes.to_dict(),
        "unscored": counts.statuses.get("unscored", 0),
        "problems_without_scores": [
            problem.task_id
            for problem, scored in zip(counts.problems, counts.scored, strict=True)
            if not scored
        ],
        "without_tests": list(without_tests),
        "truncated": counts.truncated,
        "unanswered": dict(counts.unanswered),
        "attempts": dict(sorted(counts.attempts.items())),
        "layers": counts.layers,
        "slowest": _slowest(counts),
        "seconds": {
            name: round(value, 3)
            for name, value in (
                dict(seconds) | {"judging": float(counts.judging_seconds.sum())}
            ).items()
        },
    }


def _scores(
    seed: int, counts: Counts, ks: Sequence[int], mask: npt.NDArray[np.bool_]
) -> dict[str, Any]:
    """Return the figures over some of the problems."""
    scored = mask & (counts.scored > 0)
    return {
        "problems": int(mask.sum()),
        "pass_at_k": {str(k): _pass_at_k(seed, counts, k, scored) for k in ks},
        "test_case_average": _mean(counts.pass_ratio[scored]),
        "strict_accuracy": _mean(counts.passed[scored] / counts.scored[scored]),
    }


def _pass_at_k(seed: int, counts: Counts, k: int, scored: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return pass@k over the problems with at least k scored samples."""
    enough = scored & (counts.scored >= k)
    if not enough.any():
        return {"value": None, "low": None, "high": None, "problems": 0}
    values = pass_at_k(counts.scored[enough], counts.passed[enough], k)
    low, high = interval(values, derive_seed(seed, "bootstrap", k))
    return {"value": _mean(values), "low": low, "high": high, "problems": int(enough.sum())}


def _difficulties(counts: Counts) -> dict[str, npt.NDArray[np.bool_]]:
    """Return each difficulty of the dataset, in its order, with a mask (problems,)."""
    by_row = [str(problem.metadata.get("difficulty", "")) for problem in counts.problems]
    return {
        difficulty: np.array([other == difficulty for other in by_row])
        for difficulty in dict.fromkeys(by_row)
        if difficulty
    }


def _slowest(counts: Counts) -> list[dict[str, Any]]:
    order = np.argsort(-counts.judging_seconds, kind="stable")[:SLOWEST]
    return [
        {
            "task_id": counts.problems[row].task_id,
            "seconds": round(float(counts.judging_seconds[row]), 3),
        }
        for row in order
    ]


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) else None
