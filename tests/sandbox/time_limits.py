"""Limits by what a test expects: only what must time out has little time.

A program that must pass, or break a limit other than time, gets more time than the slowest machine
takes for it; it ends by itself, so that this costs nothing.
"""

from __future__ import annotations

from dataclasses import replace

from rltf import Limits

ROOMY = Limits(
    cpu_s=30.0, wall_s=90.0, memory_mb=256, output_bytes=1 << 20, threads=16, open_files=32
)
BRIEF = replace(ROOMY, cpu_s=0.5, wall_s=2.0)
"""For what may time out, or end in another way first."""
SHORT = replace(ROOMY, cpu_s=0.2, wall_s=0.5)
"""For what can only time out."""


def limits_for(*statuses: str) -> Limits:
    """Return the limits of a program that may end with these statuses."""
    if set(statuses) == {"timeout"}:
        return SHORT
    return BRIEF if "timeout" in statuses else ROOMY
