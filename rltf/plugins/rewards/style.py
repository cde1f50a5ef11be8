"""Style: a small penalty on code that does not follow PEP 8."""

from __future__ import annotations

from typing import Annotated

from rltf.common.options import Bounds
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.lint_reward import LintReward
from rltf.plugins.rewards.reward_caps import Cap

RULES = "E4 E5 E7 N8 W W292:0"
"""Imports, line length, statements, names, trailing white space (pycodestyle and pep8-naming).

A missing newline at the end of the file (W292) costs nothing: samples seldom have one.
"""
LINE_LENGTH = 88
PENALTY = 0.005

LineLength = Annotated[int, Bounds(at_least=1, at_most=320)]


def make(rules: str = RULES, line_length: LineLength = LINE_LENGTH, cap: Cap = 0.05) -> LintReward:
    """Return the reward; see :class:`rltf.plugins.rewards.lint_reward.LintReward` for the other options."""
    settings = {"pycodestyle": {"max-line-length": line_length}}
    return LintReward("style", rules=rules, penalty=PENALTY, cap=cap, settings=settings)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``style``."""
    register("style", make)
