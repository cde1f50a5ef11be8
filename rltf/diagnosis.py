"""A diagnosis: a verdict as a classifier reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from rltf.problem import Problem
from rltf.sample import Sample
from rltf.verdict import Status, Verdict

Category = Literal["syntax_error", "error", "failure", "pass"]
Granularity = Literal["global", "line", "ignore"]

CATEGORIES: tuple[Category, ...] = ("syntax_error", "error", "failure", "pass")
"""From how near to how far a program came."""
_CATEGORY_OF: dict[Status, Category] = {
    "syntax_error": "syntax_error",
    "wrong_answer": "failure",
    "passed": "pass",
}


def category_of(status: Status) -> Category:
    """RLTF's outcome of a status that is not ``unscored``; all but three are errors while running."""
    return _CATEGORY_OF.get(status, "error")


@dataclass(frozen=True)
class Diagnosis:
    """Category, sub-error and place of what went wrong (RLTF, section 3.3 and Table 2)."""

    category: Category
    """RLTF's four outcomes: does not compile, breaks while running, wrong answer, pass."""
    sub_error: str | None = None
    """Exception type (``IndexError``), or status (``timeout``), of an error."""
    granularity: Granularity = "ignore"
    """``global``: the whole program is at fault; ``line``: ``lines`` are; ``ignore``: no one place."""
    lines: tuple[int, int] | None = None
    """First and last line at fault, 1-based, inclusive; only with granularity ``line``."""
    columns: tuple[int, int] | None = field(default=None, compare=False)
    """First character at fault and one past the last, 1-based, where ``lines`` is one line and a part of
    it is known to be at fault. No part of equality."""


class Classifier(Protocol):
    """What a classifier plugin's factory returns."""

    def __call__(self, problem: Problem, sample: Sample, verdict: Verdict) -> Diagnosis | None:
        """The diagnosis; ``None`` for an unscored verdict."""
        ...
