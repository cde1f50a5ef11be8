"""RLTF's coarse feedback: one number for how far the program came (Eq. 3)."""

from __future__ import annotations

from rltf.diagnosis import Category
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.token_weights import token_weights
from rltf.reward import Judged, Mode, Reward, RewardTerm

VALUES: dict[Category, float] = {"pass": 1.0, "failure": -0.3, "error": -0.6, "syntax_error": -1.0}


def make(*, mode: Mode = "paper", critic: str | None = None) -> Reward:
    """Return the reward: the outcome's value for the whole program, relative to the baseline's."""
    weights = token_weights(mode, critic)

    def coarse(judged: Judged) -> tuple[RewardTerm, ...] | None:
        if judged.diagnosis is None:
            return None
        value = VALUES[judged.diagnosis.category]
        return (RewardTerm(value, baseline=True, weights=weights(judged)),)

    return coarse


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``coarse``."""
    register("coarse", make)
