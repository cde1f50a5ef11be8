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
    """Return -0.3 + 1.3 x pass ratio for the whole program, relative to the baseline (Eq. 10).

    Returns ``None`` for a program that ended with an error: Eq. 5 is about passed and failed tests,
    and ``coarse`` is the reward for errors.
    """
    ratio = judged.verdict.pass_ratio
    if judged.verdict.status not in ("passed", "wrong_answer") or ratio is None:
        return None
    return (RewardTerm(NONE_PASSED + (ALL_PASSED - NONE_PASSED) * ratio, baseline=True),)


class OfficialAdaptive:
    """The values of ``coarse``, with Eq. 5 for programs that ran, as in the released code."""

    replaces = ("coarse",)

    def __init__(self, weights: Callable[[Judged], Weights]) -> None:
        self._weights = weights

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        if judged.diagnosis is None:
            return None
        terms = adaptive(judged)
        value = terms[0].value if terms else VALUES[judged.diagnosis.category]
        return (RewardTerm(value, baseline=True, weights=self._weights(judged)),)


def make(*, mode: Mode = "paper", critic: str | None = None) -> Reward:
    """Return the reward for a mode; ``critic`` is a critic's folder, for mode ``official``."""
    weights = token_weights(mode, critic)
    return adaptive if mode == "paper" else OfficialAdaptive(weights)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``adaptive``."""
    register("adaptive", make)
