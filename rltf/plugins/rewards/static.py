"""Static analysis: a penalty on exactly the code that ruff finds fault with.

RLTF names it as a direction for the future (section 5): a signal for programs whether or not they
ran, and for lines that no test reached.
"""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.signals.lint_reward import LintReward
from rltf.signals.reward_caps import Cap

RULES = "E9 F50 F52 F62 F63 F70 F82 F811:0.2 F841:0.2"
"""What breaks where it is reached: text that does not parse, formats that do not fit their
arguments, unpacking that cannot be, comparisons that do not mean what they say, return and break
out of place, undefined names; and, for less, what is written and never read."""
PENALTY = 0.05


def make(rules: str = RULES, cap: Cap = 0.1) -> LintReward:
    """The options are those of :class:`rltf.signals.lint_reward.LintReward`."""
    return LintReward("static", rules=rules, penalty=PENALTY, cap=cap)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``static``."""
    register("static", make)
