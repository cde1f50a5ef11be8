"""Make a ``Config``: from the layers of its options, from ``--set``, from the one of a resumed run.

Layers: the paper's values, then the policy's, then those of the mode, then the user's. A resumed run
may change the options that leave the work that is done as it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rltf.common.did_you_mean import nearest
from rltf.common.options import fields_of
from rltf.errors import ConfigError
from rltf.reward import DEFAULT_REWARDS, Mode
from rltf.trainer.config import Config
from rltf.trainer.new_options import NEW_OPTIONS

_OFFICIAL = {
    "baseline": "greedy",
    "classifier": "rltf-official",
    "reward": DEFAULT_REWARDS,
}


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


_ROUNDING = "from here on, results repeat only up to rounding"
MAY_CHANGE = {
    "steps": "",
    "checkpoint_every": "",
    "evaluate_every": "",
    "tracker": "",
    "gradient_checkpointing": _ROUNDING,
    "micro_batch_size": _ROUNDING,
    "generation_batch_size": _ROUNDING,
    "engine_memory": _ROUNDING,
}
"""Option to what its change does to the rest of the run; empty: nothing."""


@dataclasses.dataclass(frozen=True)
class Change:
    """An option that a resume gave another value."""

    option: str
    old: Any
    new: Any
    step: int
    """Steps that the run had taken."""

    def to_dict(self) -> dict[str, Any]:
        """Return the form of ``changes`` in ``config.json``."""
        return {"step": self.step, "option": self.option, "from": self.old, "to": self.new}

    def __str__(self) -> str:
        consequence = MAY_CHANGE[self.option]
        text = f"{self.option} is {self.new} after step {self.step}, and was {self.old}"
        return f"{text}: {consequence}" if consequence else text


def changes(path: Path, stored: Config, wanted: Config, steps_taken: int) -> list[Change]:
    """Return what a resume of the run in a folder changes.

    Raises :class:`ConfigError` for an option that decided what the run has done so far.
    """
    old, new = dataclasses.asdict(stored), dataclasses.asdict(wanted)
    found = [
        Change(name, old[name], new[name], steps_taken) for name in new if old[name] != new[name]
    ]
    for change in found:
        refusal = f"cannot resume {path} with {change.option}={change.new}: "
        if change.option not in MAY_CHANGE:
            raise ConfigError(
                f"{refusal}what it has done so far was done with {change.option}={change.old}; "
                f"only {', '.join(MAY_CHANGE)} may change, or start another run with --out"
            )
        if change.option == "steps" and change.new < steps_taken:
            raise ConfigError(f"{refusal}it has taken {steps_taken} steps already")
    return found


def require_resume(path: Path, stored: Config, wanted: Config) -> None:
    """Raise :class:`ConfigError` with the command if options differ that a resume may change."""
    old, new = dataclasses.asdict(stored), dataclasses.asdict(wanted)
    differing = [name for name in new if old[name] != new[name]]
    if differing and all(name in MAY_CHANGE for name in differing):
        settings = " ".join(f"--set {name}={new[name]}" for name in differing)
        raise ConfigError(
            f"{path} holds a run with {', '.join(f'{name}={old[name]}' for name in differing)}; "
            f"rltf run --resume {path} {settings} continues it, another --out starts anew"
        )


def notes(found: Sequence[Change], config: Config) -> list[str]:
    """Return a line for the user about each change."""
    lines = [str(change) for change in found]
    share = config.final_learning_rate_share
    for change in found:
        if change.option == "steps" and change.step and share != 1:
            old, new = (1 - (1 - share) * change.step / steps for steps in (change.old, change.new))
            lines.append(
                f"the learning rate falls until the last step, so that it goes on at {new:.0%} of "
                f"its peak instead of {old:.0%}"
            )
    return lines
