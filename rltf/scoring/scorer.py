"""The scorer: a classifier and rewards that turn a verdict into a diagnosis and reward terms.

Rewards are selected as ``fine,adaptive:0.5,static[rules=F821 E9]:2``. Each item is a name, options
in brackets and a weight after a colon; options and weight are optional.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from rltf import manager
from rltf.diagnosis import Classifier
from rltf.errors import PluginError
from rltf.manager.registrations import parse_options
from rltf.problem import Problem
from rltf.reward import Judged, Reward, RewardTerm, ScoredSample, complaint
from rltf.sample import Sample
from rltf.scoring.plugin_failures import ContractBroken, Failures
from rltf.scoring.visibility import hidden_verdict
from rltf.verdict import Verdict

_ITEM = re.compile(
    r"(?P<name>[^\[\]:]+)"
    r"(?:\[(?P<options>[^\[\]]*)\](?::(?P<weight>[^\[\]]*))?"
    r"|:(?P<early_weight>[^\[\]]*)(?:\[(?P<late_options>[^\[\]]*)\])?)?"
)
_COMMA = re.compile(r",(?![^\[\]]*\])")
"""A comma outside brackets."""


@dataclass(frozen=True)
class RewardSpec:
    """One selected reward."""

    name: str
    weight: float = 1.0
    """The factor of the reward in training; scores are written without it."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of the plugin's factory."""


def parse_rewards(spec: str | Iterable[str]) -> dict[str, RewardSpec]:
    """Parse one text, or one text for each reward, and return reward name to specification.

    Option values are Python literals, if they can be read as such, else text. Raises
    :class:`rltf.manager.PluginError` for an empty list, a repeated name, a weight that is not a
    number, and an option that is not ``name=value``.
    """
    items = _COMMA.split(spec) if isinstance(spec, str) else spec
    specs: dict[str, RewardSpec] = {}
    for item in items:
        parsed = _parse(item.strip(), spec)
        if parsed.name in specs:
            raise PluginError(f"reward {parsed.name!r} is given twice in {_shown(spec)}")
        specs[parsed.name] = parsed
    if not specs:
        raise PluginError("no reward is named")
    return specs


def _parse(item: str, spec: str | Iterable[str]) -> RewardSpec:
    if not item or item[0] in "[:":
        raise PluginError(f"a reward name is missing in {_shown(spec)}")
    match = _ITEM.fullmatch(item)
    if match is None:
        raise PluginError(
            f"{item!r} must be a reward like NAME, NAME:0.5 or NAME[option=value]:0.5"
        )
    name = match["name"].strip()
    weight = match["weight"] if match["weight"] is not None else match["early_weight"]
    options = match["options"] if match["options"] is not None else match["late_options"]
    return RewardSpec(name, _weight(name, weight), parse_options(f"reward {name!r}", options))


def _weight(name: str, text: str | None) -> float:
    if text is None:
        return 1.0
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight):
        raise PluginError(f"the weight of reward {name!r} must be a number, not {text!r}")
    return weight


def _shown(spec: str | Iterable[str]) -> str:
    return repr(spec if isinstance(spec, str) else ",".join(spec))


class Scorer:
    """A classifier and rewards, created once and applied to many verdicts.

    Args:
        rewards: names with options and weights, in the syntax of
            :func:`rltf.scoring.scorer.parse_rewards`.
        shared: options for every reward whose factory takes them. A reward's own options win.

    Raises :class:`rltf.manager.PluginError` if a name is unknown.
    """

    def __init__(
        self,
        rewards: str | Iterable[str],
        *,
        classifier: str = "rltf",
        shared: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        specs = parse_rewards(rewards)
        self._classifier_name = classifier
        self._classifier: Classifier = manager.get("classifier", classifier)
        self._rewards: dict[str, Reward] = {
            name: manager.get(
                "reward",
                name,
                **{**manager.accepted_options("reward", name, shared), **spec.options},
            )
            for name, spec in specs.items()
        }
        replaced = {
            other for reward in self._rewards.values() for other in getattr(reward, "replaces", ())
        }
        self.weights = {
            name: 0.0 if name in replaced else spec.weight for name, spec in specs.items()
        }
        """Reward name to its weight in training; 0 for a reward that another one replaces."""
        self.reference_kl: float = sum(
            self.weights[name] * getattr(reward, "reference_kl", 0.0)
            for name, reward in self._rewards.items()
        )
        """Penalty per token in training, for each unit of log(policy / reference policy)."""
        self.failures = Failures()

    def __call__(self, problem: Problem, sample: Sample, verdict: Verdict) -> ScoredSample:
        """Return the verdict with its diagnosis and the terms of each reward.

        If a problem has visible and hidden tests, diagnosis and terms are for the hidden ones.
        A plugin that fails gives ``None`` and a warning that names the plugin and the sample: a
        program is not punished for a broken plugin.
        """
        has_visible = any(test.visible for test in problem.tests)
        hidden = hidden_verdict(problem, verdict) if has_visible else verdict
        diagnosis = self.failures.guard(
            f"classifier {self._classifier_name!r}",
            self._classifier,
            sample,
            lambda: self._classifier(problem, sample, hidden),
        )
        judged = Judged(problem, sample, hidden, diagnosis)
        terms = {
            name: self.failures.guard(
                f"reward {name!r}", reward, sample, partial(_checked_terms, reward, judged)
            )
            for name, reward in self._rewards.items()
        }
        return ScoredSample(replace(judged, verdict=verdict), terms)


def _checked_terms(reward: Reward, judged: Judged) -> tuple[RewardTerm, ...] | None:
    """Return a reward's terms, with plain Python floats as values, which JSON can hold.

    Raises :class:`ContractBroken` if the terms are not valid.
    """
    terms = reward(judged)
    if terms is None:
        return None
    terms = tuple(terms)
    if (fault := complaint(terms, len(judged.sample.program))) is not None:
        raise ContractBroken(fault)
    return tuple(
        term if type(term.value) is float else replace(term, value=float(term.value))
        for term in terms
    )
