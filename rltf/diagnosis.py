"""A diagnosis: what a classifier concludes from a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from rltf.problem import Problem
from rltf.sample import Sample
from rltf.verdict import Status, Verdict

Category = Literal["syntax_error", "error", "failure", "pass"]
Granularity = Literal["global", "line", "ignore"]

CATEGORIES: tuple[Category, ...] = ("syntax_error", "error", "failure", "pass")
"""In the order of how far a program got."""
_CATEGORY_OF: dict[Status, Category] = {
    "syntax_error": "syntax_error",
    "wrong_answer": "failure",
    "passed": "pass",
}


def category_of(status: Status) -> Category:
    """Return RLTF's category of a status other than ``unscored``."""
    return _CATEGORY_OF.get(status, "error")


@dataclass(frozen=True)
class Diagnosis:
    """What went wrong and where (RLTF, section 3.3 and Table 2)."""

    category: Category
    """One of RLTF's four: does not compile, fails while running, wrong answer, pass."""
    sub_error: str | None = None
    """For an error: its exception type (``IndexError``) or status (``timeout``)."""
    granularity: Granularity = "ignore"
    """``global``: the whole program is at fault; ``line``: ``lines`` are; ``ignore``: no place is known."""
    lines: tuple[int, int] | None = None
    """First and last line at fault, 1-based, inclusive; only with granularity ``line``."""
    columns: tuple[int, int] | None = field(default=None, compare=False)
    """First character at fault and one past the last, 1-based, if the fault is known to be a part of
    one line. Ignored by ``==``."""


class Classifier(Protocol):
    """The interface of a classifier: what a classifier plugin's factory returns."""

    def __call__(self, problem: Problem, sample: Sample, verdict: Verdict) -> Diagnosis | None:
        """Return the diagnosis, or ``None`` for an unscored verdict."""
        ...
