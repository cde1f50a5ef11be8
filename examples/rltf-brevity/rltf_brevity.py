"""Reward ``brevity``: right programs are better when they are short."""

from __future__ import annotations

from rltf import Judged, RewardTerm, hookimpl
from rltf.hookspecs import Register

CHARACTERS = 400
"""A program of this length, or longer, is worth nothing."""


class Brevity:
    """1 for a program without a character, 0 from ``characters`` on, a line in between."""

    def __init__(self, characters: int = CHARACTERS) -> None:
        if not isinstance(characters, int) or characters < 1:
            raise ValueError(f"characters must be a positive number, not {characters}")
        self._characters = characters

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        """One term for the whole program; none for a program that is wrong."""
        if judged.verdict.status == "unscored":
            return None
        if not judged.verdict.passed:
            return ()
        length = len(judged.sample.program)
        return (RewardTerm(max(0.0, 1.0 - length / self._characters)),)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``brevity``; options are those of :class:`Brevity`: ``brevity[characters=200]``."""
    register("brevity", Brevity)
