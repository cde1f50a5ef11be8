"""Rewards: numbers over stretches of program text (R, S and E of the RLTF paper)."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rltf.diagnosis import Diagnosis
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.verdict import Verdict

Mode = Literal["paper", "official"]
"""How RLTF is read: as its paper states it, or as its released code does it."""


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
    alpha: bool = True
    """Training multiplies a term on part of the program by T / (E - S) (RLTF, Eq. 9)."""
    weights: tuple[tuple[int, float], ...] = ()
    """(character, weight): the weight from that character to the next one named, in order.

    Training multiplies each token's share by the mean weight of its characters (CodeRL, Eq. 14);
    the value stays as it is. Empty: 1 everywhere; before the first character: that one's weight.
    """

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for a stretch or weights that no program has."""
        places = [place for place, _ in self.weights]
        if places != sorted(places) or (places and places[0] < 0):
            raise ValueError("the weights of a term must be in the order of their characters")
        if self.start is None and self.end is None:
            return
        if self.start is None or self.end is None or not 0 <= self.start <= self.end:
            raise ValueError(f"a stretch cannot be characters {self.start} to {self.end}")


LARGEST_VALUE = 1e30
"""Of a term: training adds and multiplies values in float32."""


def complaint(terms: object, length: int) -> str | None:
    """What is wrong with the terms that a reward gives for a program of ``length`` characters.

    ``None`` where nothing is; else the end of a sentence, such as "gives the value inf".
    """
    if not isinstance(terms, Sequence) or isinstance(terms, str):
        return f"gives {terms!r:.60}, not a sequence of RewardTerm or None"
    for term in terms:
        if not isinstance(term, RewardTerm):
            return f"gives {term!r:.60}, which is no RewardTerm"
        if not isinstance(term.value, numbers.Real):
            return f"gives a value of type {type(term.value).__name__}, not a float"
        if not abs(term.value) < LARGEST_VALUE:
            return f"gives the value {term.value}"
        if term.end is not None and term.end > length:
            return f"gives characters {term.start} to {term.end}, but the program has {length}"
        for place, weight in term.weights:
            if not (place <= length and math.isfinite(weight)):
                return f"gives the weight {weight} at character {place} of {length}"
    return None


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
    """What a reward plugin's factory returns: a function of a judged sample.

    It may have an attribute ``replaces``, names of rewards that it stands in for: where both are
    asked for, those are scored and shown but not trained on. And an attribute ``reference_kl``: what
    training takes off each token for a unit of log(policy / first policy) (PPOCoder's beta).
    """

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

    def total(self, weights: Mapping[str, float]) -> float | None:
        """One number for the sample: its rewards times their weights; a name without one has 1.

        ``None`` where no reward applies.
        """
        known = [
            weights.get(name, 1.0) * value
            for name, value in self.rewards.items()
            if value is not None
        ]
        return sum(known) if known else None

    @property
    def baselines(self) -> dict[str, float | None]:
        """Reward name to what others are compared with where this is the baseline program.

        The sum over the terms that ask for a baseline; ``None`` where the reward does not apply.
        """
        return {
            name: None if terms is None else sum(term.value for term in terms if term.baseline)
            for name, terms in self.terms.items()
        }
