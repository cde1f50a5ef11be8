"""The folder of a run: its options, its lines, its checkpoints, its result.

Everything in it survives a kill at any moment: whole files are written under another name and then
renamed, and the line files are cut back to the checkpoint that a run continues from.

    config.json  metrics.jsonl  samples.jsonl  checkpoints/step-00000050.pt  model/  summary.json
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from rltf.trainer.config import Config, ConfigError, from_dict


class RunFolder:
    """Held by one process at a time; :class:`ConfigError` says what is in the way."""

    def __init__(self, path: Path, config: Config) -> None:
        self.path = path
        try:
            (path / "checkpoints").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"cannot write a run to {path}: {error.strerror}") from None
        self._lock = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _holds(path, config):
                write_json(path / "config.json", config.to_dict())
        except BlockingIOError:
            os.close(self._lock)
            raise ConfigError(f"another process is running in {path}") from None
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._lock)

    def append(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add lines to one of the line files."""
        with (self.path / name).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps({"schema": 1} | dict(row)) + "\n" for row in rows)

    def finish(self, save_model: Callable[[Path], None], summary: Mapping[str, Any]) -> None:
        """Write the trained policy, then the summary: a run with a summary is finished."""
        part = self.path / "model.part"
        shutil.rmtree(part, ignore_errors=True)
        save_model(part)
        shutil.rmtree(self.path / "model", ignore_errors=True)
        part.replace(self.path / "model")
        write_json(self.path / "summary.json", summary)


def read_config(path: Path) -> Config | None:
    """The options of the run in a folder; ``None`` where there is no run."""
    file = path / "config.json"
    return from_dict(_read_json(file), str(file)) if file.is_file() else None


def finished(path: Path, config: Config) -> dict[str, Any] | None:
    """The summary of this run, if it ended before; :class:`ConfigError` when it is another run."""
    file = path / "summary.json"
    return _read_json(file) if _holds(path, config) and file.is_file() else None


def _read_json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None
    if not isinstance(value, dict):
        raise ConfigError(f"cannot read {file}: it is not a JSON object")
    return value


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a whole file, or leave it as it was."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    settle_folder(path.parent)


def _holds(path: Path, config: Config) -> bool:
    """Whether a folder holds a run with these options, and not none at all."""
    stored = read_config(path)
    if stored is None:
        return False
    old, new = stored.to_dict(), config.to_dict()
    for name, value in new.items():
        if old[name] != value:
            raise ConfigError(
                f"{path} holds a run with {name}={old[name]}, not {name}={value}; "
                "give another --out, or the same options to continue it"
            )
    return True


def settle_folder(path: Path) -> None:
    """Have the disk know the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
