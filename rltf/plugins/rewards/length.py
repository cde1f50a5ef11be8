"""Length: a small penalty on what a program has beyond the length of its problem's references."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.reward import Judged, RewardTerm
from rltf.signals.reward_caps import Cap, bound


class Length:
    """0 up to the longest reference program, then down to the bound at twice its length.

    Lengths are in characters that are no blanks, so that layout costs nothing. The bound is what
    :mod:`rltf.signals.reward_caps` says.
    """

    def __init__(self, cap: Cap = 0.05) -> None:
        self._cap = cap

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        """``None`` for an unscored verdict and for a problem without references.

        A program that does not pass has no term: too short is the easy way to be wrong.
        """
        needed = max(map(_length, judged.problem.solutions), default=0)
        if judged.verdict.status == "unscored" or not needed:
            return None
        if not judged.verdict.passed:
            return ()
        excess = _length(judged.sample.program) / needed - 1
        return (RewardTerm(-bound(judged.verdict, self._cap) * min(max(excess, 0.0), 1.0)),)


def _length(program: str) -> int:
    return len("".join(program.split()))


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``length``."""
    register("length", Length)
