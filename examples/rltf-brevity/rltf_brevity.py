"""Reward ``brevity``: short correct programs get a higher reward."""

from __future__ import annotations

from rltf import Judged, RewardTerm, hookimpl
from rltf.hookspecs import Register

CHARACTERS = 400
"""A program of this length, or longer, gets 0."""


class Brevity:
    """A reward that falls linearly from 1 for an empty program to 0 at ``characters`` characters."""

    def __init__(self, characters: int = CHARACTERS) -> None:
        if not isinstance(characters, int) or characters < 1:
            raise ValueError(f"characters must be a positive number, not {characters}")
        self._characters = characters

    def __call__(self, judged: Judged) -> tuple[RewardTerm, ...] | None:
        """Return one term for the whole program, and no term for a wrong program."""
        if judged.verdict.status == "unscored":
            return None
        if not judged.verdict.passed:
            return ()
        length = len(judged.sample.program)
        return (RewardTerm(max(0.0, 1.0 - length / self._characters)),)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``brevity``, with the options of :class:`Brevity`: ``brevity[characters=200]``."""
    register("brevity", Brevity)
