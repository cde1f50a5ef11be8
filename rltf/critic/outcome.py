"""The four outcomes that a critic tells apart (CodeRL): compile error, runtime error, failed, passed."""

from __future__ import annotations

from rltf.diagnosis import CATEGORIES, category_of
from rltf.verdict import Status

OUTCOMES = CATEGORIES
"""An outcome's place here is its class: CodeRL's 0 to 3."""
FAILED, PASSED = OUTCOMES.index("failure"), OUTCOMES.index("pass")


def outcome(status: Status) -> int | None:
    """The class of a status; ``None`` for ``unscored``, which says nothing of a program."""
    return None if status == "unscored" else OUTCOMES.index(category_of(status))
