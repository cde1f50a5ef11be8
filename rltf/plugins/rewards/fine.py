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
    """Return the reward: a penalty on the lines that broke the program, or on the whole program.

    The penalty is 0 if the diagnosis is to be ignored. There is no baseline, which the paper finds
    "hard to define" for a part of a program (Eq. 9). With ``span="line"``, as in the paper, the
    penalty applies to whole lines. With ``span="column"``, the default in mode ``official``, it
    applies to the range of columns that the classifier reports.
    """
    weights = token_weights(mode, critic)
    is_official = mode == "official"
    use_columns = span == "column" or (span is None and is_official)

    def fine(judged: Judged) -> tuple[RewardTerm, ...] | None:
        diagnosis = judged.diagnosis
        if diagnosis is None:
            return None
        if diagnosis.granularity == "ignore":
            return (RewardTerm(0.0),)
        start, end = _penalized_span(judged.sample.program, diagnosis, use_columns)
        return (RewardTerm(PENALTY, start, end, alpha=not is_official, weights=weights(judged)),)

    return fine


def _penalized_span(
    program: str, diagnosis: Diagnosis, use_columns: bool
) -> tuple[int | None, int | None]:
    if diagnosis.granularity != "line" or diagnosis.lines is None:
        return None, None
    if use_columns and diagnosis.columns is not None:
        # Python reports a position past the program's end if something is missing there
        with contextlib.suppress(ValueError):
            return column_span(program, diagnosis.lines[0], *diagnosis.columns)
    return line_span(program, *diagnosis.lines)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``fine``."""
    register("fine", make)
