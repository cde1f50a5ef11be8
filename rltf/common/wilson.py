"""The interval of a share (Wilson, 1927)."""

from __future__ import annotations

import math

_Z = 1.959964
"""The 97.5 % quantile of the normal distribution."""


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return lower and upper end of the 95 % interval of a share; ``of`` is above 0."""
    p = count / of
    center = (p + _Z * _Z / (2 * of)) / (1 + _Z * _Z / of)
    half = _Z / (1 + _Z * _Z / of) * math.sqrt(p * (1 - p) / of + _Z * _Z / (4 * of * of))
    return max(0.0, center - half), min(1.0, center + half)
