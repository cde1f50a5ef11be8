"""pass@k, and the intervals of means and shares."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
_CHUNK = 100
_SAME = 1e-12
"""Smaller differences are rounding."""
_Z = 1.959964
"""The 97.5 % quantile of the normal distribution."""

Floats = npt.NDArray[np.float64]


def pass_at_k(samples: npt.ArrayLike, passed: npt.ArrayLike, k: int) -> Floats:
    """Return (problems,) the probability that at least one of k samples of a problem passes.

    This is the unbiased estimator of Chen et al. (2021), 1 - C(n - c, k) / C(n, k), computed as a
    product. ``samples`` (n) and ``passed`` (c) are (problems,). Raises ``ValueError`` if a problem
    has fewer than k samples.
    """
    n, c = np.asarray(samples), np.asarray(passed)
    if k < 1 or (n < k).any():
        raise ValueError(f"pass@{k} needs at least {k} samples of every problem")
    failing = np.ones(n.shape)
    for i in range(k):
        failing *= np.maximum(n - c - i, 0) / (n - i)
    return np.asarray(1.0 - failing)


def interval(values: Floats, seed: int, least: float = 0.0) -> tuple[float, float]:
    """Return the 95 % interval of the mean over problems (percentile bootstrap; Efron, 1979).

    A bootstrap of equal values, such as those of one problem, has no spread, however few they are.
    The interval then allows for a share of problems with other values, from ``least`` to 1. That
    share is the upper end of Wilson's interval for none of so many problems.
    """
    if np.ptp(values) < _SAME:
        others = wilson(0, len(values))[1]
        value = float(values[0])
        return value + others * (least - value), value + others * (1.0 - value)
    generator = np.random.default_rng(seed)
    means: list[Any] = []
    for _ in range(0, RESAMPLES, _CHUNK):
        chosen = generator.integers(0, len(values), size=(_CHUNK, len(values)))
        means.append(values[chosen].mean(1))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a share (Wilson, 1927); ``of`` is above 0."""
    p = count / of
    center = (p + _Z * _Z / (2 * of)) / (1 + _Z * _Z / of)
    half = _Z / (1 + _Z * _Z / of) * math.sqrt(p * (1 - p) / of + _Z * _Z / (4 * of * of))
    return max(0.0, center - half), min(1.0, center + half)
