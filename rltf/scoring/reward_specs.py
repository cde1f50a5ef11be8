"""The syntax that selects rewards: ``fine,adaptive:0.5,static[rules=F821 E9]:2``.

Each item is a name, options in brackets and a weight after a colon; options and weight are optional.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rltf.errors import PluginError
from rltf.manager.registrations import parse_options

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
