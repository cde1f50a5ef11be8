"""The folder of a run: its options, its lines, its checkpoints, its result.

Everything in it survives a kill at any moment: whole files are written under another name and then
renamed, and the line files are cut back to the checkpoint that a run continues from.

    config.json  metrics.jsonl  samples.jsonl  checkpoints/step-00000050.pt  model/  summary.json
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from rltf.common.folders import HeldFolder, names_file, read_json, write_json
from rltf.common.schema import SCHEMA
from rltf.trainer.config import Config, ConfigError, from_dict


class RunFolder:
    """Held by one process at a time; :class:`ConfigError` says what is in the way."""

    def __init__(self, path: Path, config: Config) -> None:
        self.path = path
        self._held = HeldFolder(path, "a run", ConfigError)
        try:
            (path / "checkpoints").mkdir(exist_ok=True)
            if not _holds(path, config):
                write_json(path / "config.json", config.to_dict())
        except OSError as error:
            self._held.let_go()
            raise ConfigError(f"cannot write a run to {path}: {error.strerror}") from None
        except BaseException:
            self._held.let_go()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.let_go()

    def append(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add lines to one of the line files."""
        path = self.path / name
        with names_file(path), path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps({"schema": SCHEMA} | dict(row)) + "\n" for row in rows)

    def finish(self, save_model: Callable[[Path], None], summary: Mapping[str, Any]) -> None:
        """Write the trained policy, then the summary: a run with a summary is finished."""
        part = self.path / "model.part"
        shutil.rmtree(part, ignore_errors=True)
        with names_file(part):
            save_model(part)
        shutil.rmtree(self.path / "model", ignore_errors=True)
        part.replace(self.path / "model")
        write_json(self.path / "summary.json", summary)


def read_config(path: Path) -> Config | None:
    """The options of the run in a folder; ``None`` where there is no run."""
    file = path / "config.json"
    stored = read_json(file, ConfigError)
    return None if stored is None else from_dict(stored, str(file))


def finished(path: Path, config: Config) -> dict[str, Any] | None:
    """The summary of this run, if it ended before; :class:`ConfigError` when it is another run."""
    return read_json(path / "summary.json", ConfigError) if _holds(path, config) else None


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
