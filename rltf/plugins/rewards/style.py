"""Style: a small penalty on what PEP 8 would have written otherwise."""

from __future__ import annotations

from typing import Annotated

from rltf.common.options import Bounds
from rltf.hookspecs import Register, hookimpl
from rltf.signals.lint_reward import LintReward
from rltf.signals.reward_caps import Cap

RULES = "E4 E5 E7 N8 W W292:0"
"""Imports, line length, statements, names, blanks at line ends (pycodestyle and pep8-naming).

Not the line end that a file should end with: the text of a sample seldom has one (W292).
"""
LINE_LENGTH = 88
PENALTY = 0.005


LineLength = Annotated[int, Bounds(at_least=1, at_most=320)]


def make(rules: str = RULES, line_length: LineLength = LINE_LENGTH, cap: Cap = 0.05) -> LintReward:
    """The options are those of :class:`rltf.signals.lint_reward.LintReward`, and the longest line."""
    settings = {"pycodestyle": {"max-line-length": line_length}}
    return LintReward("style", rules=rules, penalty=PENALTY, cap=cap, settings=settings)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``style``."""
    register("style", make)
