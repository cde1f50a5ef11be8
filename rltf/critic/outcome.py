"""The four outcomes of CodeRL's critic: compile error, runtime error, failed, passed."""

from __future__ import annotations

from rltf.diagnosis import CATEGORIES, category_of
from rltf.verdict import Status

OUTCOMES = CATEGORIES
"""The index of an outcome is its class: CodeRL's 0 to 3."""
FAILED, PASSED = OUTCOMES.index("failure"), OUTCOMES.index("pass")


def outcome(status: Status) -> int | None:
    """Return the class of a status; ``None`` for ``unscored``, which tells nothing about a program."""
    return None if status == "unscored" else OUTCOMES.index(category_of(status))
