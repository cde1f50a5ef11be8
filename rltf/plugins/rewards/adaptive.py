"""RLTF's adaptive feedback: the share of tests that a running program passes (Eq. 5)."""

from __future__ import annotations

from rltf.hookspecs import Register, hookimpl
from rltf.reward import Judged, RewardTerm

NONE_PASSED = -0.3
ALL_PASSED = 1.0


def adaptive(judged: Judged) -> tuple[RewardTerm, ...] | None:
    """-0.3 + 1.3 x pass ratio, for the whole program and against the baseline program's (Eq. 10).

    ``None`` for a program that did not run to a verdict of its tests: Eq. 5 is about tests that a
    program passed and failed, and an error is coarse's affair.
    """
    ratio = judged.verdict.pass_ratio
    if judged.verdict.status not in ("passed", "wrong_answer") or ratio is None:
        return None
    return (RewardTerm(NONE_PASSED + (ALL_PASSED - NONE_PASSED) * ratio, baseline=True),)


@hookimpl
def rltf_register_rewards(register: Register) -> None:
    """Register ``adaptive``."""
    register("adaptive", lambda: adaptive)
