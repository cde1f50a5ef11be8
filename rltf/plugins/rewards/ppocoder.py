"""PPOCoder's reward: R_cs + R_ast + R_dfg for a program, and a distance to a reference policy.

R_cs is the signal of the compiler or of the tests, R_ast and R_dfg say how much of a reference
program's syntax trees and data flow the program repeats. All have weight 1.
"""

from __future__ import annotations

from typing import Literal

from rltf.common.options import NonNegativeFloat
from rltf.diagnosis import Category
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.coarse import VALUES
from rltf.reward import Judged, RewardTerm
from rltf.signals.codematch.match import best_match
from rltf.signals.codematch.tree import parser

Signal = Literal["tests", "compiler"]


class PPOCoder:
    """The sum, for the whole program, against the baseline program's.

    PPOCoder gives it to the last token and has gamma = 1, so that what PPO makes of it, the return,
    is the sum for every token; the baseline program stands where PPO has its value head.

    Args:
        signal: R_cs is ``tests``: 1, -0.3, -0.6 or -1 as ``coarse`` has it; or ``compiler``: 1 or
            -1 for a program that does or does not compile.
        kl: beta, what training takes off each token for a unit of log(policy / reference policy).

    Raises :class:`rltf.errors.PluginError` if tree-sitter is not installed.
    """

    def __init__(self, signal: Signal = "tests", kl: NonNegativeFloat = 0.1) -> None:
        parser()  # what is missing is said before anything has run
        self._signal = signal
        self.reference_kl = float(kl)

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        if judged.diagnosis is None:
            return None
        matched = best_match(judged.sample.program, judged.problem.solutions)
        return (
            RewardTerm(
                self._compiler_signal(judged.diagnosis.category) + sum(matched), baseline=True
            ),
        )

    def _compiler_signal(self, category: Category) -> float:
        if self._signal == "tests":
            return VALUES[category]
        return -1.0 if category == "syntax_error" else 1.0


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``ppocoder``."""
    register("ppocoder", PPOCoder)
