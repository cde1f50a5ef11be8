"""RLTF's adaptive feedback: the share of tests that a running program passes (Eq. 5)."""

from __future__ import annotations

from collections.abc import Callable

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.coarse import VALUES
from rltf.plugins.rewards.token_weights import Weights, token_weights
from rltf.reward import Judged, Mode, Reward, RewardTerm

NONE_PASSED = -0.3
ALL_PASSED = 1.0


def adaptive(judged: Judged) -> tuple[RewardTerm, ...] | None:
    """-0.3 + 1.3 x pass ratio, for the whole program and against the baseline program's (Eq. 10).

    ``None`` for a program that did not run to a verdict of its tests: Eq. 5 is about tests that a
    program passed and failed, and an error is coarse's affair.
    """
    ratio = judged.verdict.pass_ratio
    if judged.verdict.status not in ("passed", "wrong_answer") or ratio is None:
        return None
    return (RewardTerm(NONE_PASSED + (ALL_PASSED - NONE_PASSED) * ratio, baseline=True),)


class OfficialAdaptive:
    """Coarse's map with Eq. 5 in place of its value for failed tests, as the released code has it."""

    replaces = ("coarse",)

    def __init__(self, weights: Callable[[Judged], Weights]) -> None:
        self._weights = weights

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        if judged.diagnosis is None:
            return None
        ran = adaptive(judged)
        value = ran[0].value if ran else VALUES[judged.diagnosis.category]
        return (RewardTerm(value, baseline=True, weights=self._weights(judged)),)


def make(*, mode: Mode = "paper", critic: str | None = None) -> Reward:
    """The reward of a mode; ``critic`` is the folder of one, for mode ``official``."""
    weights = token_weights(mode, critic)
    return adaptive if mode == "paper" else OfficialAdaptive(weights)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``adaptive``."""
    register("adaptive", make)
