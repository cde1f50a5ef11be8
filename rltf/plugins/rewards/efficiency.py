"""Efficiency: a small reward for programs that pass with less CPU time than the references take."""

from __future__ import annotations

import math
import statistics
from functools import cached_property
from typing import TYPE_CHECKING

from rltf import manager
from rltf.hookspecs import Register, hookimpl
from rltf.problem import Problem
from rltf.reward import Judged, RewardTerm
from rltf.verdict import Verdict
from rltf.visible import hidden_verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox
    from rltf.sandbox.worker import Isolation

LARGEST = 0.1
"""For half the time of the references or less: no two outcomes of the tests are so near."""
FLOOR_S = 0.005
"""CPU seconds of a test below which they say nothing: starting the program takes a third of it."""
REFERENCES = 8
"""References that are run for a problem, the first ones."""


class Efficiency:
    """``LARGEST * log2(m / t)``, within ``LARGEST`` either way, for programs that pass.

    t is the CPU time of all tests that rewards look at, m the median of that of the reference
    programs that pass; either is raised to ``FLOOR_S`` for each test. A problem's references are run
    when its first program passes, once, in a sandbox of its own that ends with the process.

    Args:
        isolation: that of the sandbox in which the programs run, so that both pay the same.
    """

    def __init__(self, isolation: Isolation = "test") -> None:
        self._isolation = isolation
        self._medians: dict[str, float | None] = {}

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        problem, verdict = judged.problem, judged.verdict
        if verdict.status == "unscored" or not problem.solutions:
            return None
        if not verdict.passed:
            return ()
        if problem.task_id not in self._medians:
            self._medians[problem.task_id] = self._median(problem)
        median = self._medians[problem.task_id]
        if median is None:
            return None
        speed = math.log2(median / _cpu_s(verdict))
        return (RewardTerm(LARGEST * max(-1.0, min(1.0, speed))),)

    def _median(self, problem: Problem) -> float | None:
        """Of the references; ``None`` where none passes."""
        verdicts = [
            hidden_verdict(problem, self._sandbox.judge(problem, program))
            for program in problem.solutions[:REFERENCES]
        ]
        seconds = [_cpu_s(verdict) for verdict in verdicts if verdict.passed]
        return statistics.median(seconds) if seconds else None

    @cached_property
    def _sandbox(self) -> Sandbox:
        sandbox: Sandbox = manager.get(
            "executor", "sandbox", workers=1, isolation=self._isolation, stop_on_failure=True
        )
        return sandbox


def _cpu_s(verdict: Verdict) -> float:
    """CPU seconds of all tests, or what they must take to say anything."""
    return max(sum(test.cpu_s for test in verdict.tests), FLOOR_S * len(verdict.tests))


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``efficiency``."""
    register("efficiency", Efficiency)
