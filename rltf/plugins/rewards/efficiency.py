"""Efficiency: CPU time compared with the problem's reference programs on this machine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rltf import manager
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.reward_caps import Cap, bound
from rltf.problem import Problem
from rltf.reward import Judged, RewardTerm
from rltf.scoring.visibility import hidden_verdict
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

REFERENCES = 5
"""Maximum number of a problem's reference programs to time."""
FLOOR_S = 0.005
"""CPU seconds of a test, at least: shorter times cannot be compared."""
MARGIN = 1.25
"""Times within this factor of the references' times count as equal to them."""

Range = tuple[float, float]
"""Lower and upper quartile of the references' CPU seconds over all tests."""


class Efficiency:
    """A reward for CPU time.

    It is 0 from the references' lower quartile / 1.25 to their upper quartile x 1.25. Outside that
    range it is proportional to the logarithm of the time: half the time gets the bound
    (:mod:`rltf.plugins.rewards.reward_caps`), and double the time gets minus the bound, which are also its
    limits. A test counts as at least 5 ms. The references of each problem run once, in a sandbox
    with one worker that starts when it is first needed.
    """

    def __init__(self, cap: Cap = 0.05) -> None:
        self._cap = cap
        self._ranges: dict[str, Range | None] = {}
        self._sandbox: Sandbox | None = None

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        """Return ``None`` for an unscored verdict or if no reference program passes.

        A program that does not pass gets no term, because a wrong program can easily be fast.
        """
        if judged.verdict.status == "unscored":
            return None
        if not judged.verdict.passed:
            return ()
        task = judged.problem.task_id
        if task not in self._ranges:
            self._ranges[task] = self._measure(judged.problem)
        quartiles = self._ranges[task]
        if quartiles is None:
            return None
        share = _share(cpu_seconds(judged.verdict), quartiles)
        return (RewardTerm(bound(judged.verdict, self._cap) * share),)

    def _measure(self, problem: Problem) -> Range | None:
        """Time the references. Raise ``RuntimeError`` if the sandbox could judge none of them."""
        references = problem.solutions[:REFERENCES]
        if not references:
            return None
        if self._sandbox is None:
            self._sandbox = manager.get("executor", "sandbox", workers=1)
        verdicts = [
            hidden_verdict(problem, self._sandbox.judge(problem, program)) for program in references
        ]
        if all(verdict.status == "unscored" for verdict in verdicts):
            raise RuntimeError(f"the reference programs were not judged: {verdicts[0].reason}")
        times = sorted(cpu_seconds(verdict) for verdict in verdicts if verdict.passed)
        return (_quantile(times, 0.25), _quantile(times, 0.75)) if times else None


def cpu_seconds(verdict: Verdict) -> float:
    """Return the CPU seconds of all tests, at least ``FLOOR_S`` for each."""
    return sum(max(test.cpu_s, FLOOR_S) for test in verdict.tests)


def _share(seconds: float, quartiles: Range) -> float:
    """Return the share of the bound, from -1 to 1, for a program that took this long."""
    low, high = quartiles[0] / MARGIN, quartiles[1] * MARGIN
    nearest = min(max(seconds, low), high)
    return min(max(math.log2(nearest / seconds), -1.0), 1.0)


def _quantile(times: list[float], share: float) -> float:
    """Return a quantile of sorted times, with linear interpolation."""
    position = share * (len(times) - 1)
    below = math.floor(position)
    above = min(below + 1, len(times) - 1)
    return times[below] + (position - below) * (times[above] - times[below])


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``efficiency``."""
    register("efficiency", Efficiency)
