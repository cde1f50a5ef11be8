"""Checkpoints: the state of a run in one whole file, and how long its line files were then."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rltf.common.file_writes import replacing
from rltf.errors import RunError
from rltf.trainer.run_folder import RunFolder


def save_checkpoint(folder: RunFolder, step: int, state: Mapping[str, Any]) -> None:
    """Write the state that the run continues from, and delete the one before it.

    ``state`` holds plain values and tensors only, so that loading it runs no code.
    """
    if not folder.is_writable:
        return
    lengths = {name: file.synced_length() for name, file in folder.line_files.items()}
    new = folder.checkpoints / f"step-{step:08}.pt"
    save_tensors(new, dict(state) | {"step": step, "line_files": lengths})
    for old in folder.checkpoints.glob("step-*.pt"):
        if old != new:
            old.unlink()


def load_checkpoint(folder: RunFolder) -> dict[str, Any] | None:
    """Return the latest state, on the CPU, or ``None`` where the run starts over.

    Either way, the line files are cut back to what they held then.
    """
    checkpoints = sorted(folder.checkpoints.glob("step-*.pt"))
    state: dict[str, Any] | None = None
    if checkpoints:
        state = _load(checkpoints[-1])
    for name, file in folder.line_files.items():
        file.cut(state["line_files"][name] if state else 0)
    return state


def _load(file: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise RunError(
            f"{file} is damaged: put a copy in its place, or delete it to start the run over"
        ) from error
    return state


def save_tensors(path: Path, state: Mapping[str, Any]) -> None:
    """Write tensors and plain values to a file, whole or not at all."""
    with replacing(path, part=path.with_name("part")) as file:
        torch.save(dict(state), file)
