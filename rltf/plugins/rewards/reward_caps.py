"""Caps that keep rewards about style and speed below the tests.

How a program is written must not outweigh whether it passes. So the terms of each of ``static``,
``style``, ``length`` and ``efficiency`` add up to no more than its *bound*:

    bound = min(cap, 0.2 x 1.3 / tests)

0.3 is the smallest step of RLTF's coarse feedback (Eq. 3), 1.3 / tests that of its adaptive one
(Eq. 5). The four together stay below one step of either: with weights of 1 or less, and caps that
add up to less than 0.3 (as the defaults do), they order programs that ``coarse`` or ``adaptive``
rates equal, and never reorder others.
"""

from __future__ import annotations

from typing import Annotated

from rltf.common.options import Bounds
from rltf.verdict import Verdict

COARSE_STEP = 0.3
ADAPTIVE_RANGE = 1.3
Cap = Annotated[
    float,
    Bounds(above=0, below=COARSE_STEP, note="the smallest step between two outcomes of the tests"),
]
"""The option ``cap`` of a reward."""
SHARE = 0.2
"""The bound as a share of a step of the adaptive feedback."""


def bound(verdict: Verdict, cap: float) -> float:
    """Return the largest absolute value that the terms of a reward may add up to."""
    tests = len(verdict.tests) + verdict.not_run
    return min(cap, SHARE * ADAPTIVE_RANGE / max(1, tests))
