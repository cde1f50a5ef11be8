"""What the checks of rewards and classifiers find."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rltf import Diagnosis, Judged, RewardTerm, testing
from rltf.plugins.classifiers.rltf import classify


def scored(judged: Judged, *terms: Any) -> Any:
    """The terms, where there is something to reward."""
    return None if judged.verdict.status == "unscored" else terms


class Replacing:
    replaces = "coarse"

    def __call__(self, judged: Judged) -> None:
        return None


def mutating(judged: Judged) -> None:
    judged.problem.metadata["seen"] = judged.problem.metadata.get("seen", 0) + 1  # type: ignore[index]


def slow(judged: Judged) -> None:
    end = time.thread_time() + 0.02
    while judged.verdict.passed and time.thread_time() < end:
        pass


def waiting(judged: Judged) -> None:
    if judged.verdict.passed:
        time.sleep(0.02)


REWARDS: dict[str, tuple[Any, str]] = {
    "no function": (3.0, "which is not a function of a sample"),
    "fails": (lambda judged: 1 / 0, "raises ZeroDivisionError: division by zero"),
    "fails without ids": (
        lambda judged: scored(judged, RewardTerm(judged.sample.token_ids[0])),
        "raises IndexError",
    ),
    "fails without a line": (
        lambda judged: scored(judged, RewardTerm(judged.verdict.error.line)),
        "raises AttributeError",
    ),
    "a number": (lambda judged: None if scored(judged) is None else 1.0, "not a sequence of"),
    "numbers": (lambda judged: scored(judged, 1.0), "which is no RewardTerm"),
    "a number of another library": (
        lambda judged: scored(judged, RewardTerm(np.float32(1))),  # type: ignore[arg-type]
        "a value of type float32, not a float",
    ),
    "not finite": (lambda judged: scored(judged, RewardTerm(float("nan"))), "gives the value nan"),
    "outside the program": (
        lambda judged: scored(judged, RewardTerm(1.0, 0, len(judged.sample.program) + 1)),
        "but the program has",
    ),
    "weights outside the program": (
        lambda judged: scored(judged, RewardTerm(1.0, weights=((999, 1.0),))),
        "the weight 1.0 at character 999",
    ),
    "weights that are not finite": (
        lambda judged: scored(judged, RewardTerm(1.0, weights=((0, float("inf")),))),
        "the weight inf at character 0",
    ),
    "what is not judged": (lambda judged: (RewardTerm(0.0),), "is not judged, and must give None"),
    "changes samples": (mutating, "is changed by it; samples are shared"),
    "draws": (
        lambda judged: scored(judged, RewardTerm(random.random())),
        r"gives .* and then",
    ),
    "slow": (slow, "s of CPU time, over 0.01 s"),
    "replaces a text": (Replacing(), "`replaces` must be names of rewards, not 'coarse'"),
    "no name": ("no-such-reward", "unknown reward 'no-such-reward'"),
}


@pytest.mark.parametrize("broken", REWARDS)
def test_a_broken_reward_is_found(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if broken == "slow":
        monkeypatch.setattr("rltf.testing.rewards_and_classifiers.SLOW_SECONDS", 0.01)
    reward, message = REWARDS[broken]
    with pytest.raises(AssertionError, match=message) as caught:
        testing.check_reward(reward)
    assert "\n" not in str(caught.value)


def test_a_reward_may_wait_for_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rltf.testing.rewards_and_classifiers.SLOW_SECONDS", 0.01)
    testing.check_reward(waiting)


def changed(**changes: Any) -> Any:
    """The built-in classifier with something else in its answers about broken programs."""

    def classifier(problem: Any, sample: Any, verdict: Any) -> Any:
        diagnosis = classify(problem, sample, verdict)
        if diagnosis is None or diagnosis.category in ("pass", "failure"):
            return diagnosis
        return replace(diagnosis, **changes)

    return classifier


CLASSIFIERS: dict[str, tuple[Any, str]] = {
    "no function": (None, "which is not a function of a verdict"),
    "nothing of what was judged": (lambda *arguments: None, "None is for what is not judged"),
    "something of what was not": (
        lambda *arguments: Diagnosis("pass"),
        "is for passed, and only for",
    ),
    "unscored as an error": (
        lambda *arguments: classify(*arguments) or Diagnosis("error"),
        "None is for what is not judged",
    ),
    "a text": (lambda *arguments: classify(*arguments) and "error", "which is no Diagnosis"),
    "another category": (changed(category="oops"), "the category 'oops', none of syntax_error"),
    "another granularity": (changed(granularity="token"), "the granularity 'token', none of"),
    "pass of a broken program": (changed(category="pass"), "`pass` is for passed"),
    "lines without granularity": (
        changed(granularity="global", lines=(1, 1)),
        "with granularity 'global'",
    ),
    "granularity without lines": (
        changed(granularity="line", lines=None),
        "the lines None with granularity 'line'",
    ),
    "lines outside": (changed(granularity="line", lines=(1, 99)), "lines 1 to 99 of a program of"),
    "fails": (lambda *arguments: 1 / 0, "raises ZeroDivisionError"),
}


@pytest.mark.parametrize("broken", CLASSIFIERS)
def test_a_broken_classifier_is_found(broken: str) -> None:
    classifier, message = CLASSIFIERS[broken]
    with pytest.raises(AssertionError, match=message) as caught:
        testing.check_classifier(classifier)
    assert "\n" not in str(caught.value)


def test_options_are_for_the_factory() -> None:
    with pytest.raises(AssertionError, match="'fine' cannot be made like this: got an unexpected"):
        testing.check_reward("fine", no_such_option=3)
    with pytest.raises(TypeError, match="options are for a registered name or a class"):
        testing.check_reward(lambda judged: None, no_such_option=3)


class Scaled:
    """A reward that has an option."""

    def __init__(self, scale: float) -> None:
        self._scale = scale

    def __call__(self, judged: Judged) -> Any:
        return scored(judged, RewardTerm(self._scale))


def test_a_class_makes_what_is_checked() -> None:
    testing.check_reward(Scaled, scale=2.0)
    with pytest.raises(AssertionError, match="'Scaled': its factory raises TypeError"):
        testing.check_reward(Scaled)
    with pytest.raises(AssertionError, match=r"'Scaled': .* gives the value inf"):
        testing.check_reward(Scaled, scale=float("inf"))
