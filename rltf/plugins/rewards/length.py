"""Length: a small penalty on programs that are longer than their problem's reference programs."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.plugins.rewards.reward_caps import Cap, bound
from rltf.reward import Judged, RewardTerm


class Length:
    """A penalty for length.

    It is 0 up to the length of the longest reference program. From there it grows linearly to the
    bound (:mod:`rltf.plugins.rewards.reward_caps`) at twice that length. White space does not count, so
    that formatting costs nothing.
    """

    def __init__(self, cap: Cap = 0.05) -> None:
        self._cap = cap

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        """Return ``None`` for an unscored verdict or for a problem without references.

        A program that does not pass gets no term, because a wrong program can easily be short.
        """
        reference_length = max(map(_length, judged.problem.solutions), default=0)
        if judged.verdict.status == "unscored" or not reference_length:
            return None
        if not judged.verdict.passed:
            return ()
        excess = _length(judged.sample.program) / reference_length - 1
        return (RewardTerm(-bound(judged.verdict, self._cap) * min(max(excess, 0.0), 1.0)),)


def _length(program: str) -> int:
    return len("".join(program.split()))


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``length``."""
    register("length", Length)
