"""Efficiency: CPU time against what the problem's reference programs take here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rltf import manager
from rltf.hookspecs import Register, hookimpl
from rltf.problem import Problem
from rltf.reward import Judged, RewardTerm
from rltf.scoring.visibility import hidden_verdict
from rltf.signals.reward_caps import Cap, bound
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

REFERENCES = 5
"""Reference programs of a problem that are timed: the first ones."""
FLOOR_S = 0.005
"""CPU seconds of a test below which time says nothing."""
MARGIN = 1.25
"""Times within this factor of the references' are the references' own."""

Range = tuple[float, float]
"""Lower and upper quartile of the references' CPU seconds over all tests."""


class Efficiency:
    """0 from the references' lower quartile / 1.25 to their upper quartile x 1.25.

    Beyond that margin, the bound (:mod:`rltf.signals.reward_caps`) for each halving and against each doubling,
    in proportion to the logarithm, and no more than the bound. A test counts as 5 ms at least. The
    references run once for each problem, in a sandbox of one worker that starts with the first.
    """

    def __init__(self, cap: Cap = 0.05) -> None:
        self._cap = cap
        self._ranges: dict[str, Range | None] = {}
        self._sandbox: Sandbox | None = None

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        """``None`` for an unscored verdict and where no reference program passes.

        A program that does not pass has no term: it is easy to be wrong in no time.
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
        """Raises ``RuntimeError`` where the sandbox could not judge any of the references."""
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
    """CPU seconds of all tests, each at least the floor."""
    return sum(max(test.cpu_s, FLOOR_S) for test in verdict.tests)


def _share(seconds: float, quartiles: Range) -> float:
    """From -1 to 1: of the bound, for a program that took so long."""
    low, high = quartiles[0] / MARGIN, quartiles[1] * MARGIN
    nearest = min(max(seconds, low), high)
    return min(max(math.log2(nearest / seconds), -1.0), 1.0)


def _quantile(times: list[float], share: float) -> float:
    """Of sorted times, by linear interpolation."""
    place = share * (len(times) - 1)
    below = math.floor(place)
    above = min(below + 1, len(times) - 1)
    return times[below] + (place - below) * (times[above] - times[below])


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``efficiency``."""
    register("efficiency", Efficiency)
