"""The folder of a run: its options, its lines, its checkpoints, its result.

    config.json  metrics.jsonl  samples.jsonl  checkpoints/step-00000050.pt  model/  summary.json

A kill at any moment damages nothing. A file that is written as a whole gets another name first and
is then renamed. When a run continues, its JSON lines files are cut to their length at the
checkpoint.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from rltf.common.file_writes import name_in_errors, put_in_place, read_json, write_json
from rltf.common.output_folder import CONFIG, OutputFolder, require_same_options
from rltf.samples.json_lines_file import LineFile
from rltf.trainer.config import Config, ConfigError
from rltf.trainer.config_reading import Change, from_dict, require_resume
from rltf.trainer.ranks import Ranks

_KIND = "a run"
_METRICS, _SAMPLES, _SUMMARY = "metrics.jsonl", "samples.jsonl", "summary.json"


class RunFolder:
    """Hold the folder of a run; :class:`ConfigError` says why that is impossible."""

    is_writable = True

    def __init__(self, path: Path, config: Config, changes: Sequence[Change] = ()) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self._folder = OutputFolder(path, _KIND, ConfigError)
        with self._folder.preparing():
            if changes:
                self._record(config, changes)
            stored = read_config(path)
            stored_options = stored.to_dict() if stored else None
            self._folder.claim(config.to_dict(), stored_options, (_METRICS, _SAMPLES))
            self.checkpoints.mkdir(exist_ok=True)
            self.metrics = LineFile(path / _METRICS, ConfigError)
            self.samples = LineFile(path / _SAMPLES, ConfigError)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.metrics.close()
        self.samples.close()
        self._folder.release()

    def _record(self, config: Config, changes: Sequence[Change]) -> None:
        """Give the run other options; it is not finished then."""
        stored = read_json(self.path / CONFIG, ConfigError) or {}
        record = [*stored.get("changes", []), *(change.to_dict() for change in changes)]
        (self.path / _SUMMARY).unlink(missing_ok=True)
        write_json(self.path / CONFIG, config.to_dict() | {"changes": record})

    @property
    def line_files(self) -> Mapping[str, LineFile]:
        """The files that a checkpoint knows the length of, by name."""
        return {_METRICS: self.metrics, _SAMPLES: self.samples}

    def finish(self, save_model: Callable[[Path], None], summary: Mapping[str, Any]) -> None:
        """Write the trained policy, then the summary: a run with a summary is finished."""
        part = self.path / "model.part"
        shutil.rmtree(part, ignore_errors=True)
        with name_in_errors(part):
            save_model(part)
        shutil.rmtree(self.path / "model", ignore_errors=True)
        put_in_place(part, self.path / "model")
        write_json(self.path / _SUMMARY, summary)


class SharedRunFolder(RunFolder):
    """The folder of a run for another rank than the first: it reads checkpoints, and writes nothing."""

    is_writable = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.metrics = self.samples = LineFile(Path(os.devnull), ConfigError)

    def __exit__(self, *_: object) -> None:
        self.metrics.close()

    @property
    def line_files(self) -> Mapping[str, LineFile]:
        return {}

    def finish(self, save_model: Callable[[Path], None], summary: Mapping[str, Any]) -> None:
        """Leave it to the first rank."""


def open_folder(path: Path, config: Config, changes: Sequence[Change], ranks: Ranks) -> RunFolder:
    """Return the folder of a run as a rank may use it, once the first rank holds it."""
    if ranks.rank == 0:
        folder = RunFolder(path, config, changes)
        ranks.wait()
        return folder
    ranks.wait()
    return SharedRunFolder(path)


def read_config(path: Path) -> Config | None:
    """Return the options of the run in a folder, or ``None`` where there is no run."""
    file = path / CONFIG
    stored = read_json(file, ConfigError)
    return None if stored is None else from_dict(stored, str(file))


def checkpoint_files(path: Path) -> list[Path]:
    """Return the checkpoints of the run in a folder, the latest last; no copy of a user's."""
    files = (path / "checkpoints").glob("step-*.pt")
    return sorted(file for file in files if file.stem.removeprefix("step-").isdecimal())


def steps_taken(path: Path) -> int:
    """Return after how many steps the run in a folder continues."""
    files = checkpoint_files(path)
    return int(files[-1].stem.removeprefix("step-")) if files else 0


def read_summary(
    path: Path, config: Config, changes: Sequence[Change] = ()
) -> dict[str, Any] | None:
    """Return the summary of a run that is finished, or ``None``.

    A run that is to take another number of steps is not finished. Raises :class:`ConfigError` where
    the folder holds a run with other options, but for these changes.
    """
    stored = read_config(path)
    if stored is None or any(change.option == "steps" for change in changes):
        return None
    if not changes:
        require_resume(path, stored, config)
        require_same_options(path, _KIND, stored.to_dict(), config.to_dict(), ConfigError)
    return read_json(path / _SUMMARY, ConfigError)
