"""Rewards for programs without work: what each reward pays for a program that does nothing."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rltf import manager
from rltf.audit.findings import Consequence, Finding
from rltf.audit.idle_programs import Idle, idle_programs
from rltf.errors import UserError
from rltf.problem import Problem
from rltf.reward import DEFAULT_REWARDS
from rltf.sample import Sample
from rltf.scoring.scorer import Scorer
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

TOTAL = "total"
"""The weighted sum of all rewards, as training adds them up."""
_SHARE = 0.5
"""Of what a right program is paid."""
_CURED_BY_TESTS: tuple[Idle, ...] = ("constant", "lookup")

Paid = Mapping[str, Mapping[str, float | None]]
"""Reward to program to value; the program ``right`` is the first reference."""


def every_reward() -> tuple[str, dict[str, str]]:
    """Return all registered rewards that can be made without options, as ``A,B:0``.

    The rewards that training does not use by default have weight 0: they do not count in the total.
    Also returns name to reason for those that cannot be made, such as one that needs a critic.
    """
    default = DEFAULT_REWARDS.split(",")
    made, left_out = [], {}
    for name in manager.names("reward"):
        try:
            manager.get("reward", name)
        except UserError as error:
            left_out[name] = str(error)
        else:
            made.append(name if name in default else f"{name}:0")
    return ",".join(made), left_out


class Payer:
    """Rewards programs. Safe to use from several threads: they take turns."""

    def __init__(self, rewards: str) -> None:
        self._scorer = Scorer(rewards)
        self._lock = threading.Lock()

    def __call__(self, problem: Problem, program: str, verdict: Verdict) -> dict[str, float | None]:
        """Return reward to value, with the total of several rewards."""
        with self._lock:
            scored = self._scorer(problem, Sample(problem.task_id, program), verdict)
        values = dict(scored.rewards)
        if len(values) > 1:
            values[TOTAL] = scored.total(self._scorer.weights)
        return values


def pay(
    problem: Problem, reference: tuple[str, Verdict], payer: Payer, sandbox: Sandbox
) -> tuple[Paid, list[Finding]]:
    """Reward the idle programs of a problem, and compare with a right program.

    Args:
        reference: A program that passes the tests, and its verdict.
        payer: Gives the rewards.
    """
    programs = idle_programs(problem)
    verdicts = sandbox.judge_many([(problem, program) for program in programs.values()])
    paid: dict[str, dict[str, float | None]] = {}
    judged = [("right", *reference), *zip(programs, programs.values(), verdicts, strict=True)]
    for name, program, verdict in judged:
        for reward, value in payer(problem, program, verdict).items():
            paid.setdefault(reward, {})[name] = value
    passing = {
        name for name, _, verdict in judged if any(test.passed for test in verdict.tests or ())
    }
    return paid, _findings(paid, list(programs), passing)


def cured_by_tests(paid: Paid) -> list[Idle]:
    """Return the idle programs that are paid, and that fail more tests if there are more."""
    sound = [values for values in paid.values() if not _is_free(values, "empty")]
    return [
        program
        for program in _CURED_BY_TESTS
        if any(program in values and _is_free(values, program) for values in sound)
    ]


def _findings(paid: Paid, programs: Sequence[str], passing: set[str]) -> list[Finding]:
    """Return a finding for each program that is paid without work.

    A reward that pays a program that passes no test is at fault itself: the problem is kept.
    """
    faulty = {
        reward
        for reward, values in paid.items()
        if any(_is_free(values, program) for program in programs if program not in passing)
    }
    findings = []
    for program in programs:
        rewards = [reward for reward, values in paid.items() if _is_free(values, program)]
        if rewards:
            shown = ", ".join(
                f"{reward} {paid[reward][program]:.2f} of {paid[reward]['right']:.2f}"
                for reward in rewards
            )
            what = f"the idle program {program!r} is paid at least half"
            consequence: Consequence = "noted"
            if program not in passing:
                what += ", though it passes no test"
            elif faulty.issuperset(rewards):
                what += ", as are programs that pass no test"
            else:
                consequence = "mended" if program in _CURED_BY_TESTS else "left_out"
            findings.append(Finding("free_reward", what, consequence, (shown,)))
    return findings


def _is_free(values: Mapping[str, float | None], program: str) -> bool:
    right, value = values["right"], values[program]
    return right is not None and value is not None and right > 0 and value >= _SHARE * right
