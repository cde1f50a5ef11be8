"""Samples that were judged guarded: without ``train_on_guarded``, training leaves them out.

A guarded program shares its process with the test, where it may cheat (docs/security.md). A policy
that is rewarded for such verdicts finds out how.
"""

from __future__ import annotations

from dataclasses import replace

from rltf.reward import ScoredSample


def is_guarded(scored: ScoredSample) -> bool:
    """Return whether a program was judged, and a test of it guarded."""
    return scored.verdict.judging == "guarded" and scored.verdict.status != "unscored"


def without_rewards(scored: ScoredSample) -> ScoredSample:
    """Return a guarded sample without rewards, and any other unchanged."""
    if not is_guarded(scored):
        return scored
    return replace(scored, terms=dict.fromkeys(scored.terms))
