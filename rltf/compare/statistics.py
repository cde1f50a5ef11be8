"""Statistics of paired results: two models, the same problems.

The difference of two models varies far less over problems than either figure does, because hard
problems are hard for both. So everything here is computed from one difference for each problem
(E. Miller, 2024, "Adding Error Bars to Evals", arXiv:2411.00640, sections 4 and 5).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from rltf.common.pass_at_k import Floats

LEVEL, POWER = 0.05, 0.8
"""A two-sided test at this level finds a difference with this probability."""
_Z = NormalDist().inv_cdf(1 - LEVEL / 2) + NormalDist().inv_cdf(POWER)


def sign_test(wins: int, losses: int) -> float:
    """Return the exact two-sided p-value of a sign test; ties do not count.

    With one sample of each problem, this is McNemar's exact test.
    """
    total = wins + losses
    tail = sum(math.comb(total, count) for count in range(min(wins, losses) + 1))
    return float(min(1.0, 2 * tail / 2**total))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm, 1979), in the same order."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def moves(first: Floats, second: Floats) -> Floats:
    """Return (S, S) the share of samples that went from one status to another.

    Samples have no partners, so within a problem as few as possible are taken to have moved: those
    that a status has in excess, shared among the statuses that lack some. With one sample of each
    problem, nothing is left to choose.

    Args:
        first: (problems, S) the share of a problem's samples that have each status, by one model.
        second: The same by the other model.
    """
    stayed = np.minimum(first, second)
    gone, come = first - stayed, second - stayed
    moved = gone.sum(1)
    weights = np.divide(1.0, moved, out=np.zeros_like(moved), where=moved > 1e-12)
    flows = np.einsum("ps,pt,p->st", gone, come, weights)
    flows[np.diag_indices_from(flows)] = stayed.sum(0)
    return np.asarray(flows / len(first))


@dataclass(frozen=True)
class Variance:
    """The variance of a problem's difference in pass@1, in two parts."""

    total: float
    """With the numbers of samples that there are."""
    between: float | None
    """Of the true difference, over problems; ``None`` if the parts cannot be told apart."""
    sampling: float | None
    """Of what one sample of each model adds; ``n`` samples add an ``n``-th of it."""

    def at(self, n: int) -> float | None:
        """Return the variance with ``n`` samples of each problem."""
        if self.between is None or self.sampling is None:
            return self.total if n == 1 else None
        return self.between + self.sampling / n

    @classmethod
    def of(cls, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> Variance:
        """Estimate the parts.

        Args:
            first: (problems, 2) how many samples passed, and how many there are, by one model.
            second: The same by the other model.
        """
        (c, n), (d, m) = first.T, second.T
        p, q = c / n, d / m
        total = float(np.var(q - p, ddof=1)) if len(p) > 1 else 0.0
        if (n < 2).any() or (m < 2).any():
            return cls(total, None, None)
        of_first, of_second = p * (1 - p) / (n - 1), q * (1 - q) / (m - 1)
        between = total - float((of_first + of_second).mean())
        return cls(total, max(0.0, between), float((of_first * n + of_second * m).mean()))


def problems_needed(variance: float, difference: float) -> int:
    """Return how many problems show a difference, at ``LEVEL`` and with ``POWER``."""
    return max(1, math.ceil(_Z**2 * variance / difference**2))


def detectable(variance: float, problems: int) -> float:
    """Return the smallest difference that so many problems show."""
    return _Z * math.sqrt(variance / problems)


def samples_needed(variance: Variance, difference: float, problems: int) -> int | None:
    """Return how many samples of each of these problems show a difference.

    ``None``: that cannot be told, or no number of samples is enough.
    """
    if variance.between is None or variance.sampling is None:
        return None
    room = problems * difference**2 / _Z**2 - variance.between
    if room <= 0:
        return None
    return max(1, math.ceil(variance.sampling / room))
