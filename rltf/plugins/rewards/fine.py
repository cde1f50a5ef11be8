"""RLTF's fine-grained feedback: a penalty on the lines that broke the program (Eq. 4)."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.modes import Mode, token_weights
from rltf.reward import Judged, Reward, RewardTerm
from rltf.spans import line_span

PENALTY = -0.3


def make(*, mode: Mode = "paper", critic: str | None = None) -> Reward:
    """The penalty on the lines at fault, or on the whole program, or nothing where no place is.

    Without a baseline, which the paper finds "hard to define" for a part of a program (Eq. 9).
    """
    weights = token_weights("fine", mode, critic)
    has_alpha = mode == "paper"

    def fine(judged: Judged) -> tuple[RewardTerm, ...] | None:
        diagnosis = judged.diagnosis
        if diagnosis is None:
            return None
        if diagnosis.granularity == "ignore":
            return (RewardTerm(0.0),)
        start = end = None
        if diagnosis.granularity == "line" and diagnosis.lines is not None:
            start, end = line_span(judged.sample.program, *diagnosis.lines)
        return (RewardTerm(PENALTY, start, end, alpha=has_alpha, weights=weights(judged)),)

    return fine


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``fine``."""
    register("fine", make)
