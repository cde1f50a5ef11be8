"""RLTF's fine-grained feedback: a penalty on the lines that broke the program (Eq. 4)."""

from __future__ import annotations

import contextlib
from typing import Literal

from rltf.diagnosis import Diagnosis
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.token_weights import token_weights
from rltf.reward import Judged, Mode, Reward, RewardTerm
from rltf.spans import column_span, line_span

PENALTY = -0.3

Span = Literal["line", "column"]


def make(*, mode: Mode = "paper", critic: str | None = None, span: Span | None = None) -> Reward:
    """The penalty on the lines that broke it, or on the whole program, or nothing where no place is.

    Without a baseline, which the paper finds "hard to define" for a part of a program (Eq. 9).
    ``span``: a whole ``line``, as the paper has it, or the ``column`` range of it that the classifier
    names, the default of mode ``official``.
    """
    weights = token_weights(mode, critic)
    is_official = mode == "official"
    narrow = span == "column" or (span is None and is_official)

    def fine(judged: Judged) -> tuple[RewardTerm, ...] | None:
        diagnosis = judged.diagnosis
        if diagnosis is None:
            return None
        if diagnosis.granularity == "ignore":
            return (RewardTerm(0.0),)
        start, end = _stretch(judged.sample.program, diagnosis, narrow)
        return (RewardTerm(PENALTY, start, end, alpha=not is_official, weights=weights(judged)),)

    return fine


def _stretch(program: str, diagnosis: Diagnosis, narrow: bool) -> tuple[int | None, int | None]:
    if diagnosis.granularity != "line" or diagnosis.lines is None:
        return None, None
    if narrow and diagnosis.columns is not None:
        # Python points behind the program's end where something is missing there
        with contextlib.suppress(ValueError):
            return column_span(program, diagnosis.lines[0], *diagnosis.columns)
    return line_span(program, *diagnosis.lines)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``fine``."""
    register("fine", make)
