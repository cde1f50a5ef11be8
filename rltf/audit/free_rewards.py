"""Rewards for programs without work: what each reward pays for a program that does nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rltf.audit.findings import Consequence, Finding
from rltf.audit.idle_programs import idle_programs
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox
    from rltf.scoring.scorer import Scorer

TOTAL = "total"
"""The weighted sum of all rewards, as training adds them up."""
_SHARE = 0.5
"""Of what a right program is paid."""
_CURED_BY_TESTS = ("constant", "lookup")

Paid = Mapping[str, Mapping[str, float | None]]
"""Reward to program to value; the program ``right`` is the first reference."""


def pay(
    problem: Problem, reference: tuple[str, Verdict], scorer: Scorer, sandbox: Sandbox
) -> tuple[Paid, list[Finding]]:
    """Reward the idle programs of a problem, and compare with a right program.

    Args:
        reference: A program that passes the tests, and its verdict.
        scorer: The rewards.
    """
    programs = idle_programs(problem)
    verdicts = sandbox.judge_many([(problem, program) for program in programs.values()])
    paid: dict[str, dict[str, float | None]] = {}
    judged = [("right", *reference), *zip(programs, programs.values(), verdicts, strict=True)]
    for name, program, verdict in judged:
        scored = scorer(problem, Sample(problem.task_id, program), verdict)
        values = dict(scored.rewards)
        if len(values) > 1:
            values[TOTAL] = scored.total(scorer.weights)
        for reward, value in values.items():
            paid.setdefault(reward, {})[name] = value
    return paid, _findings(paid, list(programs))


def _findings(paid: Paid, programs: Sequence[str]) -> list[Finding]:
    findings = []
    for program in programs:
        rewards = [reward for reward, values in paid.items() if _is_free(values, program)]
        if rewards:
            shown = ", ".join(
                f"{reward} {paid[reward][program]:.2f} of {paid[reward]['right']:.2f}"
                for reward in rewards
            )
            consequence: Consequence = "mended" if program in _CURED_BY_TESTS else "left_out"
            what = f"the idle program {program!r} is paid at least half"
            findings.append(Finding("free_reward", what, consequence, (shown,)))
    return findings


def _is_free(values: Mapping[str, float | None], program: str) -> bool:
    right, value = values["right"], values[program]
    return right is not None and value is not None and right > 0 and value >= _SHARE * right
