"""Length: a small penalty on programs that pass and are longer than the references need."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.reward import Judged, Reward, RewardTerm

PENALTY = -0.1
"""At the most: less than any step between two outcomes of the tests (``coarse``)."""


def make() -> Reward:
    """``PENALTY * min(1, (n - m) / m)`` where a program has n characters and m < n.

    m is the length of the longest reference program, both without blanks at their ends. Nothing is
    said of programs that fail: the shortest of those is the empty one.
    """

    def length(judged: Judged) -> tuple[RewardTerm, ...] | None:
        longest = max((len(text.strip()) for text in judged.problem.solutions), default=0)
        if judged.verdict.status == "unscored" or not longest:
            return None
        excess = len(judged.sample.program.strip()) - longest
        if not judged.verdict.passed or excess <= 0:
            return ()
        return (RewardTerm(PENALTY * min(1.0, excess / longest)),)

    return length


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``length``."""
    register("length", make)
