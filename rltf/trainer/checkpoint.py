"""Checkpoints: the state of a run in one whole file, and how long its line files were then."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rltf.common.file_writes import replacing
from rltf.errors import RunError
from rltf.trainer.run_folder import RunFolder, checkpoint_files


def save_checkpoint(folder: RunFolder, step: int, state: Mapping[str, Any]) -> None:
    """Write the state that the run continues from, and delete the one before it.

    ``state`` holds plain values and tensors only, so that loading it runs no code.
    """
    if not folder.is_writable:
        return
    lengths = {name: file.synced_length() for name, file in folder.line_files.items()}
    new = folder.checkpoints / f"step-{step:08}.pt"
    save_tensors(new, dict(state) | {"step": step, "line_files": lengths})
    for old in checkpoint_files(folder.path):
        if old != new:
            old.unlink()


def load_checkpoint(folder: RunFolder) -> dict[str, Any] | None:
    """Return the latest state, on the CPU, or ``None`` where the run starts over.

    Either way, the line files are cut back to what they held then. Raises :class:`RunError` if a
    file is damaged.
    """
    state: dict[str, Any] | None = None
    if files := checkpoint_files(folder.path):
        state = _load(files[-1])
    lengths = state["line_files"] if state else {}
    for name, file in folder.line_files.items():
        if file.synced_length() < lengths.get(name, 0):
            raise RunError(
                f"{file.path} lacks lines that it had at the checkpoint {files[-1].name}: put a copy "
                "in its place, or start another run with --out"
            )
    for name, file in folder.line_files.items():
        file.cut(lengths.get(name, 0))
    return state


def _load(file: Path) -> dict[str, Any]:
    state = load_tensors(file, "delete it to start the run over")
    if "line_files" not in state:
        raise RunError(f"{file} is no checkpoint: put one in its place")
    return state


def load_tensors(file: Path, otherwise: str) -> dict[str, Any]:
    """Return what :func:`save_tensors` wrote, on the CPU.

    Raises :class:`RunError`, with what to do if there is no copy, for a damaged file.
    """
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # damage makes torch raise errors of many kinds
        raise RunError(f"{file} is damaged: put a copy in its place, or {otherwise}") from error
    return state if isinstance(state, dict) else {}


def save_tensors(path: Path, state: Mapping[str, Any]) -> None:
    """Write tensors and plain values to a file, whole or not at all."""
    with replacing(path, part=path.with_name("part")) as file:
        torch.save(dict(state), file)
