"""Which options a resumed run may change: those that leave the work that is done as it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rltf.errors import ConfigError
from rltf.trainer.config import Config

_ROUNDING = "from here on, results repeat only up to rounding"
MAY_CHANGE = {
    "steps": "",
    "checkpoint_every": "",
    "evaluate_every": "",
    "tracker": "",
    "gradient_checkpointing": _ROUNDING,
    "micro_batch_size": _ROUNDING,
    "generation_batch_size": _ROUNDING,
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
