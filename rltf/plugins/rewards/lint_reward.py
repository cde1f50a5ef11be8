"""Rewards from ruff's findings: a penalty on the part of the program that each one flags."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from rltf import manager
from rltf.errors import PluginError
from rltf.plugins.rewards.reward_caps import Cap, bound
from rltf.reward import Judged, RewardTerm
from rltf.static_analysis.ruff_server import Finding, RuffServer

_WORD = re.compile(r"\w+")


class LintReward:
    """A reward: ``-penalty x weight`` on what each finding flags, up to the bound.

    If the penalties add up to more than the bound (:mod:`rltf.plugins.rewards.reward_caps`), all are scaled
    down. Code that the task requires, or that the problem's rule allows, has no penalty.

    Args:
        name: Name of the reward, for messages.
        rules: ``F821:1 F841:0.2 E9``: codes or prefixes of codes of ruff's rules, with weights
            (default 1). The longest prefix of a finding's code counts.
        settings: Further options of ruff's ``lint`` configuration.

    Raises :class:`rltf.errors.PluginError` for wrong rules, and if ruff is not installed.
    """

    def __init__(
        self,
        name: str,
        *,
        rules: str,
        penalty: float,
        cap: Cap,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._weights = rule_weights(name, rules)
        self._penalty = penalty
        self._cap = cap
        self._ruff = RuffServer(list(self._weights), settings, reward=name)

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        """Return ``None`` if the verdict is unscored or ruff cannot read the program."""
        if judged.verdict.status == "unscored":
            return None
        findings = self._ruff.findings(judged.sample.program)
        if findings is None:
            return None
        penalties = [
            (finding, self._penalty * self._weight(finding.rule))
            for finding in findings
            if not _is_allowed(finding, judged)
        ]
        total = sum(penalty for _, penalty in penalties)
        limit = bound(judged.verdict, self._cap)
        scale = limit / total if total > limit else 1.0
        return tuple(
            RewardTerm(-penalty * scale, finding.start, finding.end, alpha=False)
            for finding, penalty in penalties
            if penalty
        )

    def _weight(self, code: str) -> float:
        matching = [rule for rule in self._weights if code.startswith(rule)]
        return self._weights[max(matching, key=len)] if matching else 0.0


def _is_allowed(finding: Finding, judged: Judged) -> bool:
    """Return whether the task requires the flagged code, or the rule's harness permits it."""
    problem = judged.problem
    flagged = judged.sample.program[finding.start : finding.end]
    if finding.rule.startswith("N"):
        return flagged in _WORD.findall(f"{problem.entry_point or ''} {problem.starter_code}")
    if finding.rule not in ("F706", "F821"):
        return False
    harness = manager.get("rule", problem.rule).harness
    if not harness:
        return False
    reads_stdin = any(test.kind == "stdin" for test in problem.tests)
    return (
        reads_stdin
        if finding.rule == "F706"
        else _is_imported_by_harness(flagged, harness, reads_stdin)
    )


def _is_imported_by_harness(name: str, harness: str, reads_stdin: bool) -> bool:
    """Return whether an official harness imports a name for programs that mention it."""
    from rltf.sandbox.guest.candidate import harness_imports  # the sandbox takes long to import

    return bool(
        harness_imports.names(compile(name, "<name>", "eval"), harness, on_stdin=reads_stdin)
    )


def rule_weights(reward: str, rules: object) -> dict[str, float]:
    """Read ``F821:1 F841:0.2 E9`` as rule to weight; the default weight is 1."""
    if not isinstance(rules, str) or not rules.split():
        raise PluginError(
            f"the option 'rules' of reward {reward!r} must be rules like F821 E9:0.5, not {rules!r}"
        )
    weights: dict[str, float] = {}
    for item in rules.split():
        rule, colon, weight = item.partition(":")
        try:
            weights[rule] = float(weight) if colon else 1.0
        except ValueError:
            weights[rule] = math.nan
        if not 0 <= weights[rule] < math.inf:
            raise PluginError(
                f"the weight of rule {rule} of reward {reward!r} must be a number of 0 or more, "
                f"not {weight!r}"
            )
    return weights
