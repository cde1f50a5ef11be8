"""RLTF's coarse feedback: one number for how far the program came (Eq. 3)."""

from __future__ import annotations

from rltf.diagnosis import Category
from rltf.hookspecs import Register, hookimpl
from rltf.reward import Judged, RewardTerm

VALUES: dict[Category, float] = {"pass": 1.0, "failure": -0.3, "error": -0.6, "syntax_error": -1.0}


def coarse(judged: Judged) -> tuple[RewardTerm, ...] | None:
    """The value of the outcome, for the whole program, against the baseline program's (Eq. 8)."""
    if judged.diagnosis is None:
        return None
    return (RewardTerm(VALUES[judged.diagnosis.category], baseline=True),)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``coarse``."""
    register("coarse", lambda: coarse)
