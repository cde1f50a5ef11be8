"""pass@k and how sure it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
_AT_A_TIME = 100

Floats = npt.NDArray[np.float64]


def pass_at_k(samples: npt.ArrayLike, passed: npt.ArrayLike, k: int) -> Floats:
    """(problems,) chance that of k samples of a problem one at least passes.

    The unbiased estimator of Chen et al. (2021), 1 - C(n - c, k) / C(n, k), as a product; ``samples``
    (n) and ``passed`` (c) are (problems,). Raises ``ValueError`` where a problem has fewer than k.
    """
    n, c = np.asarray(samples), np.asarray(passed)
    if k < 1 or (n < k).any():
        raise ValueError(f"pass@{k} needs at least {k} samples of every problem")
    failing = np.ones(n.shape)
    for i in range(k):
        failing *= np.maximum(n - c - i, 0) / (n - i)
    return np.asarray(1.0 - failing)


def interval(values: Floats, seed: int) -> tuple[float, float]:
    """95 % of the means of resampled problems (percentile bootstrap; Efron, 1979)."""
    generator = np.random.default_rng(seed)
    means: list[Any] = []
    for _ in range(0, RESAMPLES, _AT_A_TIME):
        chosen = generator.integers(0, len(values), size=(_AT_A_TIME, len(values)))
        means.append(values[chosen].mean(1))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)
