"""Bounds of rewards that never say more than the tests.

The tests are what is asked for; how a program is written must not outweigh them. So the terms of
``static``, ``style``, ``length`` and ``efficiency`` each add up to their *bound* at most:

    bound = min(cap, 0.2 x 1.3 / tests)

0.3 is the smallest step of RLTF's coarse feedback (Eq. 3), 1.3 / tests that of its adaptive one
(Eq. 5). The four together stay below one step of either: with weights of 1 or less, and caps that
add up to less than 0.3 (as they do unless set), they order programs that ``coarse`` or ``adaptive``
holds for equal, and never reorder others.
"""

from __future__ import annotations

from rltf.manager import PluginError
from rltf.verdict import Verdict

COARSE_STEP = 0.3
ADAPTIVE_RANGE = 1.3
SHARE = 0.2
"""Of a step of the adaptive feedback."""


def bound(verdict: Verdict, cap: float) -> float:
    """What the terms of a reward may add up to, in absolute value."""
    tests = len(verdict.tests) + verdict.not_run
    return min(cap, SHARE * ADAPTIVE_RANGE / max(1, tests))


def checked_cap(reward: str, cap: object) -> float:
    """The option ``cap`` of a reward; :class:`rltf.manager.PluginError` unless 0 < cap < 0.3."""
    if isinstance(cap, bool) or not isinstance(cap, int | float) or not 0 < cap < COARSE_STEP:
        raise PluginError(
            f"the option 'cap' of reward {reward!r} must be above 0 and below {COARSE_STEP}, the "
            f"smallest step between two outcomes of the tests, not {cap!r}"
        )
    return float(cap)
