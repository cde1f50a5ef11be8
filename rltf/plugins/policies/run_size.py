"""Options of a run for checkpoints that the paper does not name, by the size of their weights.

The paper's values are for eight GPUs and a day: 6,400 samples before the first step. These are for
one GPU and a lunch break: a few thousand samples and 200 steps, each round used as soon as it is
judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

ONE_GPU: dict[str, Any] = {
    "steps": 200,
    "supervised_batch_size": 8,
    "buffer_size": 512,
    "buffer_start": 0.25,
    "refresh_every": 4,
    "problems_per_round": 16,
    "samples_per_problem": 8,
    "held_out_limit": 200,
    "evaluate_every": 50,
    "baseline": "mean",
}
"""A round of 128 samples is as many as four steps draw. With the best program as baseline, a small
chat model wrote longer and longer programs, and ever fewer that ran (docs/benchmarks.md)."""

_GIB = 2**30
BY_SIZE: tuple[tuple[float, dict[str, Any]], ...] = (
    (1.5 * _GIB, {"learning_rate": 1e-5, "micro_batch_size": 8}),
    (6 * _GIB, {"learning_rate": 5e-6, "micro_batch_size": 4}),
    (float("inf"), {"learning_rate": 2e-6, "micro_batch_size": 1}),
)
"""Most bytes of weights to the options for them: about 0.7, 3 and more billion parameters."""


def defaults_for(weights: int | None) -> dict[str, Any]:
    """Return the options for weights of so many bytes; ``None``: they are not here yet."""
    size = 0 if weights is None else weights
    by_size = next(options for most, options in BY_SIZE if size <= most)
    return ONE_GPU | (by_size if weights is not None else {})


def weight_bytes(files: Iterable[Path]) -> int | None:
    """Return the size of weight files; ``None`` without any."""
    sizes = [file.stat().st_size for file in files]
    return sum(sizes) if sizes else None
