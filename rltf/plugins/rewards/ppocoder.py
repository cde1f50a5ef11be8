"""PPOCoder's reward: R_cs + R_ast + R_dfg for a program, and a distance to a reference policy.

R_cs is the signal of the compiler or of the tests. R_ast and R_dfg measure how much of a reference
program's syntax trees and data flow occurs in the program. All have weight 1.
"""

from __future__ import annotations

from typing import Literal

from rltf.common.options import NonNegativeFloat
from rltf.diagnosis import Category
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.rltf import VALUES
from rltf.reward import Judged, RewardTerm
from rltf.static_analysis.codematch.match import best_match
from rltf.static_analysis.codematch.tree import parser

Signal = Literal["tests", "compiler"]


class PPOCoder:
    """The sum of the three terms for the whole program, relative to the baseline program's.

    PPOCoder gives the sum to the last token and uses gamma = 1, so PPO's return is the sum for each
    token. The baseline program takes the place of PPO's value head.

    Args:
        signal: R_cs. ``tests`` is 1, -0.3, -0.6 or -1 as in ``coarse``; ``compiler`` is 1 for a
            program that compiles and -1 otherwise.
        kl: beta, the factor of log(policy / reference policy) that training subtracts for each
            token.

    Raises :class:`rltf.errors.PluginError` if tree-sitter is not installed.
    """

    def __init__(self, signal: Signal = "tests", kl: NonNegativeFloat = 0.1) -> None:
        parser()  # raises now, before any program has run, if tree-sitter is missing
        self._signal = signal
        self.reference_kl = float(kl)

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        if judged.diagnosis is None:
            return None
        matches = best_match(judged.sample.program, judged.problem.solutions)
        value = self._compiler_signal(judged.diagnosis.category) + sum(matches)
        return (RewardTerm(value, baseline=True),)

    def _compiler_signal(self, category: Category) -> float:
        if self._signal == "tests":
            return VALUES[category]
        return -1.0 if category == "syntax_error" else 1.0


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``ppocoder``."""
    register("ppocoder", PPOCoder)
