"""The results of a benchmark, from its tally."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from rltf import __version__
from rltf.bench.config import SCHEMA, BenchConfig
from rltf.bench.counts import Counts
from rltf.bench.pass_at_k import interval, pass_at_k
from rltf.common.seeds import derive_seed

SLOWEST = 10
"""Problems that are named for the time that their tests took."""


def results(
    config: BenchConfig,
    tally: Counts,
    ks: Sequence[int],
    without_tests: Sequence[str],
    seconds: dict[str, float],
) -> dict[str, Any]:
    """What results.json holds.

    ``seconds`` are of the process that ended the benchmark; ``judging`` among them is what the tests
    took on all workers together, in all processes that worked on it.
    """
    everything = np.ones(len(tally.problems), dtype=bool)
    unscored = tally.problems, tally.scored == 0
    return {
        "schema": SCHEMA,
        "rltf": __version__,
        "digest": config.digest,
        "dataset": config.dataset,
        "split": config.split,
        "policy": config.policy,
        "prompt": config.prompt,
        "preset": config.preset,
        "sampling": asdict(config.sampling) | {"seed": config.seed},
        "limits": asdict(config.limits),
        "isolation": config.isolation,
        "n": config.n,
        **_scores(config, tally, ks, everything),
        "by_difficulty": {
            name: _scores(config, tally, ks, chosen)
            for name, chosen in _difficulties(tally).items()
        },
        "statuses": tally.statuses,
        "unscored": tally.statuses.get("unscored", 0),
        "problems_without_scores": [
            problem.task_id for problem, none in zip(*unscored, strict=True) if none
        ],
        "without_tests": list(without_tests),
        "truncated": tally.truncated,
        "unanswered": dict(tally.unanswered),
        "attempts": dict(sorted(tally.attempts.items())),
        "layers": tally.layers,
        "slowest": _slowest(tally),
        "seconds": {
            name: round(value, 3)
            for name, value in (seconds | {"judging": float(tally.judging_seconds.sum())}).items()
        },
    }


def _scores(
    config: BenchConfig, tally: Counts, ks: Sequence[int], chosen: npt.NDArray[np.bool_]
) -> dict[str, Any]:
    """The figures over some of the problems."""
    scored = chosen & (tally.scored > 0)
    return {
        "problems": int(chosen.sum()),
        "pass_at_k": {str(k): _pass_at_k(config, tally, k, scored) for k in ks},
        "test_case_average": _mean(tally.pass_ratio[scored]),
        "strict_accuracy": _mean(tally.passed[scored] / tally.scored[scored]),
    }


def _pass_at_k(
    config: BenchConfig, tally: Counts, k: int, scored: npt.NDArray[np.bool_]
) -> dict[str, Any]:
    """Over the problems with at least k samples that are scored."""
    enough = scored & (tally.scored >= k)
    if not enough.any():
        return {"value": None, "low": None, "high": None, "problems": 0}
    values = pass_at_k(tally.scored[enough], tally.passed[enough], k)
    low, high = interval(values, derive_seed(config.seed, "bootstrap", k))
    return {"value": _mean(values), "low": low, "high": high, "problems": int(enough.sum())}


def _difficulties(tally: Counts) -> dict[str, npt.NDArray[np.bool_]]:
    """Each difficulty that the dataset names, in its order, and which problems are of it."""
    named = [str(problem.metadata.get("difficulty", "")) for problem in tally.problems]
    return {name: np.array([own == name for own in named]) for name in dict.fromkeys(named) if name}


def _slowest(tally: Counts) -> list[dict[str, Any]]:
    order = np.argsort(-tally.judging_seconds, kind="stable")[:SLOWEST]
    return [
        {
            "task_id": tally.problems[row].task_id,
            "seconds": round(float(tally.judging_seconds[row]), 3),
        }
        for row in order
    ]


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) else None
