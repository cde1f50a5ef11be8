"""Static analysis: a penalty on exactly the code that ruff flags.

The RLTF paper suggests it as future work (section 5): a signal that does not depend on whether a
program ran, and that covers lines that no test reached.
"""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.lint_reward import LintReward
from rltf.plugins.rewards.reward_caps import Cap

RULES = "E9 F50 F52 F62 F63 F70 F82 F811:0.2 F841:0.2"
"""Code that fails or misbehaves when it is reached: syntax errors, format strings that do not match
their arguments, impossible unpacking, wrong comparisons, misplaced ``return`` and ``break``,
undefined names. Redefinitions and variables that are never read have lower weights."""
PENALTY = 0.05


def make(rules: str = RULES, cap: Cap = 0.1) -> LintReward:
    """Return the reward; see :class:`rltf.plugins.rewards.lint_reward.LintReward` for its options."""
    return LintReward("static", rules=rules, penalty=PENALTY, cap=cap)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``static``."""
    register("static", make)
