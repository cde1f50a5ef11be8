"""Style: a small penalty on what PEP 8 would have written otherwise."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.manager import PluginError
from rltf.signals.lint_reward import FlaggedCode

RULES = "E4 E5 E7 N8 W W292:0"
"""Imports, line length, statements, names, blanks at line ends (pycodestyle and pep8-naming).

Not the line end that a file should end with: the text of a sample seldom has one (W292).
"""
LINE_LENGTH = 88
PENALTY = 0.005


def make(rules: str = RULES, line_length: int = LINE_LENGTH, cap: float = 0.05) -> FlaggedCode:
    """The options are those of :class:`rltf.signals.lint_reward.FlaggedCode`, and the longest line."""
    if type(line_length) is not int or not 1 <= line_length <= 320:
        raise PluginError(
            "the option 'line_length' of reward 'style' must be a whole number from 1 to 320, "
            f"not {line_length!r}"
        )
    settings = {"pycodestyle": {"max-line-length": line_length}}
    return FlaggedCode("style", rules=rules, penalty=PENALTY, cap=cap, settings=settings)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``style``."""
    register("style", make)
