"""Rewards for what ruff flags: a penalty on each finding's own stretch of the program."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from rltf import manager
from rltf.manager import PluginError
from rltf.reward import Judged, RewardTerm
from rltf.signals.caps import Cap, bound
from rltf.signals.ruff_server import Finding, RuffServer

_WORD = re.compile(r"\w+")


class LintReward:
    """A reward: ``-penalty x weight`` on what each finding flags, up to the bound.

    Where the findings come to more than the bound (:mod:`rltf.signals.caps`), all are scaled down to it.
    What the task asks for or its judging rule allows is no fault of the program's.

    Args:
        name: of the reward, for messages.
        rules: ``F821:1 F841:0.2 E9``: codes of ruff's rules, or their beginnings, with weights; 1
            where none is given. The longest that a finding's code begins with counts.
        settings: more of ruff's ``lint`` configuration.

    Raises :class:`rltf.manager.PluginError` for options that make no sense, and without ruff.
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
        """``None`` where the verdict is unscored or ruff cannot read the program."""
        if judged.verdict.status == "unscored":
            return None
        findings = self._ruff.findings(judged.sample.program)
        if findings is None:
            return None
        prices = [
            (found, self._penalty * self._weight(found.rule))
            for found in findings
            if not _is_allowed(found, judged)
        ]
        total = sum(price for _, price in prices)
        most = bound(judged.verdict, self._cap)
        scale = most / total if total > most else 1.0
        return tuple(
            RewardTerm(-price * scale, found.start, found.end, alpha=False)
            for found, price in prices
            if price
        )

    def _weight(self, code: str) -> float:
        matching = [rule for rule in self._weights if code.startswith(rule)]
        return self._weights[max(matching, key=len)] if matching else 0.0


def _is_allowed(found: Finding, judged: Judged) -> bool:
    """Whether the task says so: names that it gives, and what a lenient rule does without."""
    problem = judged.problem
    flagged = judged.sample.program[found.start : found.end]
    if found.rule.startswith("N"):
        return flagged in _WORD.findall(f"{problem.entry_point or ''} {problem.starter_code}")
    if found.rule not in ("F706", "F821"):
        return False
    harness = manager.get("rule", problem.rule).harness
    if not harness:
        return False
    reads_stdin = any(test.kind == "stdin" for test in problem.tests)
    return reads_stdin if found.rule == "F706" else _is_lent(flagged, harness, reads_stdin)


def _is_lent(name: str, harness: str, reads_stdin: bool) -> bool:
    """Whether an official harness imports a name for programs that mention it."""
    from rltf.sandbox.guest.both import harness_imports  # the sandbox takes long to import

    return bool(
        harness_imports.names(compile(name, "<name>", "eval"), harness, on_stdin=reads_stdin)
    )


def rule_weights(reward: str, rules: object) -> dict[str, float]:
    """``F821:1 F841:0.2 E9`` as rule to weight; a rule without a weight has 1."""
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
