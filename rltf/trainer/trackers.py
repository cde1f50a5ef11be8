"""Trackers: TensorBoard, Weights & Biases and trackio draw the figures of ``metrics.jsonl``.

They listen to ``rltf_step_end``, as a plugin does, and beside any plugin that does.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from rltf import manager
from rltf.common.did_you_mean import nearest
from rltf.errors import ConfigError
from rltf.hookspecs import hookimpl

_logger = logging.getLogger("rltf")


class Tracker(Protocol):
    """Draws the figures of a run."""

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """Receive the figures of a step, once for each step, in order."""
        ...

    def finish(self) -> None:
        """Write what is not written yet."""
        ...


class TensorBoard:
    """Writes event files to the folder ``tensorboard`` of the run."""

    def __init__(self, folder: Path, options: Mapping[str, Any], step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        # Steps that were taken after the last checkpoint are taken again: hide their points.
        self._writer = SummaryWriter(folder / "tensorboard", purge_step=step + 1)

    def log(self, figures: Mapping[str, float], step: int) -> None:
        for name, value in figures.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()  # a checkpoint must not be ahead of the curve

    def finish(self) -> None:
        self._writer.close()


class WandB:
    """Logs to Weights & Biases. A resumed run goes on under the id in ``wandb/id``."""

    def __init__(self, folder: Path, options: Mapping[str, Any], step: int) -> None:
        import wandb

        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "rltf"),
            name=folder.resolve().name,
            id=_stored_id(folder / "wandb"),
            dir=str(folder),
            config=dict(options),
            resume="allow",
            settings=wandb.Settings(console="off"),
        )

    def log(self, figures: Mapping[str, float], step: int) -> None:
        self._run.log(dict(figures), step=step)

    def finish(self) -> None:
        self._run.finish()


class Trackio:
    """Logs to trackio, which shows the curves on this machine."""

    def __init__(self, folder: Path, options: Mapping[str, Any], step: int) -> None:
        import trackio

        self._trackio = trackio
        trackio.init(
            project=os.environ.get("TRACKIO_PROJECT", "rltf"),
            name=f"{folder.resolve().name}-{_stored_id(folder / 'trackio')}",
            config=dict(options),
            resume="allow",
        )

    def log(self, figures: Mapping[str, float], step: int) -> None:
        self._trackio.log(dict(figures), step=step)

    def finish(self) -> None:
        self._trackio.finish()


def _stored_id(folder: Path) -> str:
    """Return the id that a tracker knows this run by, over all the processes that continue it."""
    folder.mkdir(exist_ok=True)
    file = folder / "id"
    if not file.exists():
        file.write_text(uuid.uuid4().hex[:8])
    return file.read_text()


_TRACKERS: Mapping[str, Callable[[Path, Mapping[str, Any], int], Tracker]] = {
    "tensorboard": TensorBoard,
    "wandb": WandB,
    "trackio": Trackio,
}
_PACKAGES = {"tensorboard": '"rltf[tensorboard]"', "wandb": "wandb", "trackio": "trackio"}
"""Name of a tracker, and of the module that it needs, to what pip installs it with."""


def names_of(trackers: str | None) -> list[str]:
    """Return the names in the option ``tracker``; :class:`ConfigError` if one cannot be used."""
    names = [name for name in map(str.strip, (trackers or "").split(",")) if name]
    for name in names:
        if name not in _TRACKERS:
            hint = nearest(name, _TRACKERS) or f" (known: {', '.join(_TRACKERS)})"
            raise ConfigError(f"there is no tracker {name!r}{hint}")
        if importlib.util.find_spec(name) is None:
            raise ConfigError(
                f"tracker {name} needs a package: pip install {_PACKAGES[name]}, or leave it out"
            )
    return names


@contextmanager
def tracking(
    trackers: str | None, folder: Path, options: Mapping[str, Any], steps_taken: int
) -> Iterator[None]:
    """Send the figures of each step to some trackers.

    Args:
        trackers: The option ``tracker``.
        folder: The folder of the run.
        options: The options of the run, which some trackers show.
        steps_taken: Steps that the run continues after.
    """
    opened = {name: _open(name, folder, options, steps_taken) for name in names_of(trackers)}
    listener = _Listener(opened)
    try:
        with manager.listening("rltf.trainer.trackers", listener):
            yield
    finally:
        listener.finish()


def _open(name: str, folder: Path, options: Mapping[str, Any], steps_taken: int) -> Tracker:
    try:
        return _TRACKERS[name](folder, options, steps_taken)
    except Exception as error:
        raise ConfigError(f"tracker {name} cannot start: {_one_line(error)}") from error


class _Listener:
    """Hands figures on. A tracker that fails is named once, and left out from then on."""

    def __init__(self, trackers: dict[str, Tracker]) -> None:
        self._trackers = trackers

    @hookimpl
    def rltf_step_end(self, metrics: Mapping[str, Any]) -> None:
        figures, step = scalars(metrics), metrics["step"]
        for name in list(self._trackers):
            self._guarded(name, f"step {step}", lambda tracker: tracker.log(figures, step))

    def finish(self) -> None:
        for name in list(self._trackers):
            self._guarded(name, "the end", lambda tracker: tracker.finish())

    def _guarded(self, name: str, when: str, call: Callable[[Tracker], None]) -> None:
        try:
            call(self._trackers[name])
        except Exception as error:
            del self._trackers[name]
            _logger.warning(
                "warning: tracker %s failed at %s and is left out from now on: %s; "
                "metrics.jsonl has every figure",
                name,
                when,
                _one_line(error),
            )


def scalars(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the numbers in a line of ``metrics.jsonl``; ``/`` joins the names of nested fields."""
    found: dict[str, float] = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            found |= scalars(value, f"{prefix}{name}/")
        elif isinstance(value, int | float) and name not in ("step", "schema"):
            found[f"{prefix}{name}"] = value
    return found


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
