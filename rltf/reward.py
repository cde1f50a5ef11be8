"""Rewards: numbers over stretches of program text (R, S and E of the RLTF paper)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rltf.diagnosis import Diagnosis
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.verdict import Verdict

SCHEMA = 1


@dataclass(frozen=True)
class RewardTerm:
    """A number and the stretch of program text it is for (RLTF, Eq. 2: R, S and E)."""

    value: float
    start: int | None = None
    """First character of the stretch in the program; ``None``: the whole program."""
    end: int | None = None
    """One past its last character."""
    baseline: bool = False
    """The baseline program's value is subtracted before training (RLTF, Eq. 8 and 10)."""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for a stretch that no program has."""
        if self.start is None and self.end is None:
            return
        if self.start is None or self.end is None or not 0 <= self.start <= self.end:
            raise ValueError(f"a stretch cannot be characters {self.start} to {self.end}")


@dataclass(frozen=True)
class Judged:
    """A sample with everything that is known of it: what a reward plugin sees."""

    problem: Problem
    sample: Sample
    verdict: Verdict
    """Rewards and classifiers see it over the hidden tests, where a problem has visible ones too;
    in a :class:`ScoredSample` it is over all tests."""
    diagnosis: Diagnosis | None
    """``None`` when the verdict is unscored."""


class Reward(Protocol):
    """What a reward plugin's factory returns: a function of a judged sample."""

    def __call__(self, judged: Judged) -> Sequence[RewardTerm] | None:
        """The terms; ``()`` says nothing is to be rewarded, ``None`` that this cannot be scored."""
        ...


@dataclass(frozen=True)
class ScoredSample:
    """A judged sample with the terms of each reward that was asked for."""

    judged: Judged
    terms: dict[str, tuple[RewardTerm, ...] | None]
    """Reward name to its terms; ``None``: not scored by that reward."""

    @property
    def sample(self) -> Sample:
        return self.judged.sample

    @property
    def verdict(self) -> Verdict:
        return self.judged.verdict

    @property
    def rewards(self) -> dict[str, float | None]:
        """Reward name to the sum of its terms' raw values (no baseline, no alpha)."""
        return {
            name: None if terms is None else sum(term.value for term in terms)
            for name, terms in self.terms.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """The line that ``rltf score`` and ``rltf bench`` write."""
        verdict = self.verdict
        line = {
            "task_id": self.sample.task_id,
            "sample": self.sample.index,
            "status": verdict.status,
            "passed": verdict.passed,
            "pass_ratio": verdict.pass_ratio,
            "judging": verdict.judging,
            "attempts": verdict.attempts,
            "tests": [test.to_dict() for test in verdict.tests],
            "error": verdict.error.to_dict() if verdict.error else None,
            "rewards": self.rewards,
            "layers": verdict.layers,
            "schema": SCHEMA,
        }
        return line | ({"reason": verdict.reason} if verdict.status == "unscored" else {})
