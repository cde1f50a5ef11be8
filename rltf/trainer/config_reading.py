"""Make a ``Config``: from the layers of its options, from ``--set``, from a ``config.json``.

Layers: the paper's values, then the policy's, then those of the mode, then the user's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from rltf.common.did_you_mean import nearest
from rltf.common.options import fields_of
from rltf.errors import ConfigError
from rltf.reward import Mode
from rltf.trainer.config import Config
from rltf.trainer.new_options import NEW_OPTIONS

_OFFICIAL = {"baseline": "greedy", "classifier": "rltf-official"}


def resolve(policy_defaults: Mapping[str, Any], chosen: Mapping[str, Any]) -> Config:
    """Return the paper's values, overridden by those of the policy, the mode and the user."""
    for name in (*policy_defaults, *chosen):
        _check_name(name)
    mode = options_of_mode(chosen.get("mode", Config.mode))
    return Config(**{**policy_defaults, **mode, **chosen})


def options_of_mode(mode: Mode) -> Mapping[str, Any]:
    """Return the options that a mode sets."""
    return _OFFICIAL if mode == "official" else {}


def parse_setting(text: str) -> tuple[str, Any]:
    """Return name and value of ``NAME=VALUE``; :class:`ConfigError` says what is wrong."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"{text!r} must be NAME=VALUE, such as learning_rate=1e-5")
    _check_name(name)
    option = fields_of(Config)[name]
    parsed = option.parse(value)
    if complaint := option.complaint(name, parsed):
        raise ConfigError(complaint)
    return name, parsed


def from_dict(values: Mapping[str, Any], where: str) -> Config:
    """Return the options of a ``config.json``."""
    values = {name: values[name] for name in values if name not in ("schema", "changes")}
    values = NEW_OPTIONS | values
    names = {field.name for field in dataclasses.fields(Config)}
    if names != set(values):
        odd = min(names ^ set(values))
        raise ConfigError(f"{where} is not a config of this version of rltf: option {odd}")
    for name, value in values.items():
        if complaint := fields_of(Config)[name].complaint(name, value):
            raise ConfigError(f"{where}: {complaint}")
    return Config(**values)


def _check_name(name: str) -> None:
    known = fields_of(Config)
    if name not in known:
        hint = nearest(name, known) or f" (known: {', '.join(known)})"
        raise ConfigError(f"there is no option {name!r}{hint}")
