"""RLTF's three rewards: coarse, fine-grained and adaptive feedback (Eq. 3 to 5 and 8 to 10).

coarse    one number for how far the program came (Eq. 3)
fine      a penalty on the lines that broke the program (Eq. 4)
adaptive  the share of tests that a running program passes (Eq. 5)

Each has two modes:

paper     three terms; a line has the weight alpha = T / (E - S)
official  The released code: a critic weights every token; alpha is 1 (a slip in the code that
          produced the paper's results); adaptive replaces coarse
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Literal

from rltf.diagnosis import Category, Diagnosis
from rltf.hookspecs import Register, hookimpl
from rltf.reward import Judged, Mode, Reward, RewardTerm
from rltf.spans import column_span, line_span

VALUES: dict[Category, float] = {"pass": 1.0, "failure": -0.3, "error": -0.6, "syntax_error": -1.0}
"""What ``coarse`` gives for each outcome."""
PENALTY = -0.3
"""What ``fine`` gives to the lines that broke the program."""
NONE_PASSED = -0.3
ALL_PASSED = 1.0

Span = Literal["line", "column"]
Weights = tuple[tuple[int, float], ...]
"""``RewardTerm.weights``."""


def token_weights(mode: Mode, critic: str | None) -> Callable[[Judged], Weights]:
    """Return a function that weights a program's tokens: a critic's in mode ``official``, or none.

    Raises :class:`rltf.errors.PluginError` if the folder holds no critic.
    """
    if mode == "paper" or critic is None:
        return lambda judged: ()
    from rltf.critic import load_critic

    return load_critic(str(critic)).token_weights


def make_coarse(*, mode: Mode = "paper", critic: str | None = None) -> Reward:
    """Return the reward: the outcome's value for the whole program, relative to the baseline's."""
    weights = token_weights(mode, critic)

    def coarse(judged: Judged) -> tuple[RewardTerm, ...] | None:
        if judged.diagnosis is None:
            return None
        value = VALUES[judged.diagnosis.category]
        return (RewardTerm(value, baseline=True, weights=weights(judged)),)

    return coarse


def make_fine(
    *, mode: Mode = "paper", critic: str | None = None, span: Span | None = None
) -> Reward:
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


def make_adaptive(*, mode: Mode = "paper", critic: str | None = None) -> Reward:
    """Return the reward for a mode; ``critic`` is a critic's folder, for mode ``official``."""
    weights = token_weights(mode, critic)
    return adaptive if mode == "paper" else OfficialAdaptive(weights)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``coarse``, ``fine`` and ``adaptive``."""
    register("coarse", make_coarse)
    register("fine", make_fine)
    register("adaptive", make_adaptive)
