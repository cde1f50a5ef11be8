"""RLTF's fine-grained feedback: a penalty on the lines that broke the program (Eq. 4)."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.reward import Judged, RewardTerm
from rltf.spans import line_span

PENALTY = -0.3


def fine(judged: Judged) -> tuple[RewardTerm, ...] | None:
    """The penalty on the lines at fault, or on the whole program, or nothing where no place is.

    Without a baseline, which the paper finds "hard to define" for a part of a program (Eq. 9).
    """
    diagnosis = judged.diagnosis
    if diagnosis is None:
        return None
    if diagnosis.granularity == "ignore":
        return (RewardTerm(0.0),)
    if diagnosis.granularity == "global" or diagnosis.lines is None:
        return (RewardTerm(PENALTY),)
    return (RewardTerm(PENALTY, *line_span(judged.sample.program, *diagnosis.lines)),)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``fine``."""
    register("fine", lambda: fine)
