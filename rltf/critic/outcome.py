"""The four outcomes that a critic tells apart (CodeRL): compile error, runtime error, failed, passed."""

from __future__ import annotations

from rltf.diagnosis import Category
from rltf.verdict import Status

OUTCOMES: tuple[Category, ...] = ("syntax_error", "error", "failure", "pass")
"""An outcome's place here is its class: CodeRL's 0 to 3."""
FAILED, PASSED = OUTCOMES.index("failure"), OUTCOMES.index("pass")

_CLASSES: dict[Status, int] = {"syntax_error": 0, "wrong_answer": FAILED, "passed": PASSED}
"""Every other status is an error while running, a timeout among them."""
_RUNTIME_ERROR = OUTCOMES.index("error")


def outcome(status: Status) -> int | None:
    """The class of a status; ``None`` for ``unscored``, which says nothing of a program."""
    return None if status == "unscored" else _CLASSES.get(status, _RUNTIME_ERROR)
