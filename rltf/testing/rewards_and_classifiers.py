"""The checks of rewards and classifiers, which both read verdicts."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args

from rltf.diagnosis import Category, Classifier, Diagnosis, Granularity
from rltf.reward import Judged, Reward, RewardTerm, complaint
from rltf.scoring.plugin_failures import SLOW_SECONDS
from rltf.spans import line_span
from rltf.testing.plugin_under_test import PluginUnderTest
from rltf.testing.sample_corpus import describe, judged_samples

T = TypeVar("T")


def check_reward(
    reward: str | Reward, judged: Sequence[Judged] | None = None, **options: Any
) -> None:
    """Raise ``AssertionError`` if a reward breaks the contract of :class:`rltf.reward.Reward`.

    Args:
        reward: Its registered name, or the reward.
        judged: Samples to try it on; ``None``: :func:`judged_samples`.
        options: Options for the factory of a registered one.
    """
    plugin = PluginUnderTest("reward", reward, options)
    made: Reward = plugin.make()
    plugin.require(
        callable(made), f"its factory gives {made!r:.60}, which is not a function of a sample"
    )
    replaces = getattr(made, "replaces", ())
    plugin.require(
        not isinstance(replaces, str) and all(isinstance(name, str) for name in replaces),
        f"`replaces` must be names of rewards, not {replaces!r:.60}",
    )
    for each in judged_samples() if judged is None else judged:
        terms = _same_twice(plugin, each, made)
        if each.verdict.status == "unscored":
            plugin.require(terms is None, f"{describe(each)} is not judged, and must give None")
        if terms is not None:
            _check_terms(plugin, each, terms)


def check_classifier(
    classifier: str | Classifier, judged: Sequence[Judged] | None = None, **options: Any
) -> None:
    """Raise ``AssertionError`` if a classifier breaks the contract of ``Classifier``.

    The arguments are those of :func:`check_reward`.
    """
    plugin = PluginUnderTest("classifier", classifier, options)
    made: Classifier = plugin.make()
    plugin.require(
        callable(made), f"its factory gives {made!r:.60}, which is not a function of a verdict"
    )
    for each in judged_samples() if judged is None else judged:
        diagnosis = _same_twice(
            plugin, each, lambda judged: made(judged.problem, judged.sample, judged.verdict)
        )
        is_unscored = each.verdict.status == "unscored"
        plugin.require(
            (diagnosis is None) == is_unscored,
            f"{describe(each)} gives {diagnosis}; None is for what is not judged, and only for that",
        )
        if diagnosis is not None:
            _check_diagnosis(plugin, each, diagnosis)


def _same_twice(plugin: PluginUnderTest, judged: Judged, function: Callable[[Judged], T]) -> T:
    """Call a plugin twice on a sample: it must be quick, change nothing, and agree with itself.

    Quick in this thread's CPU time, since wall time depends on how busy the machine is.
    """
    before = copy.deepcopy(judged)
    started = time.thread_time()
    first = plugin.call(describe(judged), function, judged)
    seconds = time.thread_time() - started
    second = plugin.call(f"{describe(judged)}, a second time,", function, judged)
    plugin.require(judged == before, f"{describe(judged)} is changed by it; samples are shared")
    plugin.require(
        first == second or repr(first) == repr(second),  # nan is not equal to itself
        f"{describe(judged)} gives {first!r:.80} and then {second!r:.80}",
    )
    plugin.require(
        seconds <= SLOW_SECONDS,
        f"{describe(judged)} takes {seconds:.1f} s of CPU time, over {SLOW_SECONDS} s",
    )
    return first


def _check_terms(plugin: PluginUnderTest, judged: Judged, terms: Sequence[RewardTerm]) -> None:
    wrong = complaint(terms, len(judged.sample.program))
    plugin.require(wrong is None, f"{describe(judged)} {wrong}")
    for term in terms:
        plugin.require(
            isinstance(term.value, (int, float)),
            f"{describe(judged)} gives a value of type {type(term.value).__name__}, not a float",
        )


def _check_diagnosis(plugin: PluginUnderTest, judged: Judged, diagnosis: object) -> None:
    subject = describe(judged)
    plugin.require(
        isinstance(diagnosis, Diagnosis),
        f"{subject} gives {diagnosis!r:.60}, which is no Diagnosis",
    )
    assert isinstance(diagnosis, Diagnosis)
    for name, kind in (("category", Category), ("granularity", Granularity)):
        value, known = getattr(diagnosis, name), get_args(kind)
        plugin.require(
            value in known, f"{subject} gives the {name} {value!r}, none of {', '.join(known)}"
        )
    plugin.require(
        (diagnosis.category == "pass") == judged.verdict.passed,
        f"{subject} gives the category {diagnosis.category!r}; `pass` is for passed, and only for that",
    )
    plugin.require(
        (diagnosis.lines is not None) == (diagnosis.granularity == "line"),
        f"{subject} gives the lines {diagnosis.lines} with granularity {diagnosis.granularity!r}",
    )
    if diagnosis.lines is not None:
        try:
            line_span(judged.sample.program, *diagnosis.lines)
        except (TypeError, ValueError) as error:
            plugin.fail(f"{subject} gives the lines {diagnosis.lines}: {error}")
