"""Rewards: numbers for parts of a program's text (R, S and E of the RLTF paper)."""

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
"""The version of RLTF: the one in its paper, or the one in its released code."""

DEFAULT_REWARDS = "coarse,fine,adaptive"
"""The rewards of RLTF."""


@dataclass(frozen=True)
class RewardTerm:
    """A number and the part of a program's text that it is for (RLTF, Eq. 2: R, S and E)."""

    value: float
    start: int | None = None
    """First character of the part; ``None``: the whole program."""
    end: int | None = None
    """One past its last character."""
    baseline: bool = False
    """Whether training subtracts the baseline program's value (RLTF, Eq. 8 and 10)."""
    alpha: bool = True
    """Whether training multiplies a term for part of the program by T / (E - S) (RLTF, Eq. 9)."""
    weights: tuple[tuple[int, float], ...] = ()
    """(character, weight), in order: the weight from that character up to the next one listed.

    Training multiplies each token's share by the mean weight of its characters (CodeRL, Eq. 14); the
    value stays the same. Characters before the first one listed have its weight. Empty: all have 1.
    """

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a part or weights that no program can have."""
        characters = [character for character, _ in self.weights]
        if characters != sorted(characters) or (characters and characters[0] < 0):
            raise ValueError("the weights of a term must be in the order of their characters")
        if self.start is None and self.end is None:
            return
        if self.start is None or self.end is None or not 0 <= self.start <= self.end:
            raise ValueError(f"a stretch cannot be characters {self.start} to {self.end}")


LARGEST_VALUE = 1e30
"""The largest value of a term: training adds and multiplies values in float32."""


def complaint(terms: object, length: int) -> str | None:
    """Return what is wrong with the terms of a reward for a program of ``length`` characters.

    The text is the end of a sentence, such as "gives the value inf". ``None`` if the terms are fine.
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
        for character, weight in term.weights:
            if not (character <= length and math.isfinite(weight)):
                return f"gives the weight {weight} at character {character} of {length}"
    return None


@dataclass(frozen=True)
class Judged:
    """A sample with everything that is known about it: the input of a reward."""

    problem: Problem
    sample: Sample
    verdict: Verdict
    """For rewards and classifiers, the verdict over the hidden tests if the problem has visible and
    hidden ones; in a :class:`ScoredSample`, the verdict over all tests."""
    diagnosis: Diagnosis | None
    """``None`` if the verdict is unscored."""


class Reward(Protocol):
    """The interface of a reward: what a reward plugin's factory returns, a function of a judged sample.

    It may have an attribute ``replaces``, the names of rewards that it stands in for: if such a reward
    is requested too, it is scored and shown but not trained on. It may also have an attribute
    ``reference_kl``: what training subtracts from each token per unit of log(policy / first policy)
    (PPOCoder's beta).
    """

    def __call__(self, judged: Judged) -> Sequence[RewardTerm] | None:
        """Return the terms: ``()`` if there is nothing to reward, ``None`` if the sample cannot be scored."""
        ...


@dataclass(frozen=True)
class ScoredSample:
    """A judged sample with the terms of each requested reward."""

    judged: Judged
    terms: dict[str, tuple[RewardTerm, ...] | None]
    """Reward name to its terms; ``None`` if that reward could not score the sample."""

    @property
    def sample(self) -> Sample:
        return self.judged.sample

    @property
    def verdict(self) -> Verdict:
        return self.judged.verdict

    @property
    def rewards(self) -> dict[str, float | None]:
        """Reward name to the sum of its terms' raw values (without baseline and alpha)."""
        return {
            name: None if terms is None else sum(term.value for term in terms)
            for name, terms in self.terms.items()
        }

    def total(self, weights: Mapping[str, float]) -> float | None:
        """Return the weighted sum of the rewards, or ``None`` if no reward applies.

        A reward without a weight has weight 1.
        """
        known = [
            weights.get(name, 1.0) * value
            for name, value in self.rewards.items()
            if value is not None
        ]
        return sum(known) if known else None

    @property
    def baselines(self) -> dict[str, float | None]:
        """Reward name to the value that is subtracted from others if this is the baseline program.

        The value is the sum over the terms with ``baseline``; ``None`` if the reward does not apply.
        """
        return {
            name: None if terms is None else sum(term.value for term in terms if term.baseline)
            for name, terms in self.terms.items()
        }
