"""What protects programs on this machine, and attacks that show whether it does."""

from __future__ import annotations

from rltf.sandbox.doctor.examination import (
    LIMITS,
    Finding,
    LayerState,
    Report,
    attack,
    examine,
    targets,
)

__all__ = ["LIMITS", "Finding", "LayerState", "Report", "attack", "examine", "targets"]
