"""Checkpoints: a file that is whole or not there, and the line files as long as they were."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rltf.common.folders import fsync_dir, names_file

LINE_FILES = ("metrics.jsonl", "samples.jsonl")


def save_checkpoint(run: Path, step: int, state: Mapping[str, Any]) -> None:
    """Keep this state as the one to continue from, and no other.

    ``state`` holds plain values and tensors only, so that loading it runs no code.
    """
    folder = run / "checkpoints"
    lengths = {name: _settled_length(run / name) for name in LINE_FILES}
    new = folder / f"step-{step:08}.pt"
    save_whole(new, dict(state) | {"step": step, "line_files": lengths})
    for old in folder.glob("step-*.pt"):
        if old != new:
            old.unlink()


def load_checkpoint(run: Path) -> dict[str, Any] | None:
    """The latest state, on the CPU, with the line files cut back to it; ``None`` to start over."""
    checkpoints = sorted((run / "checkpoints").glob("step-*.pt"))
    state: dict[str, Any] | None = None
    if checkpoints:
        state = torch.load(checkpoints[-1], map_location="cpu", weights_only=True)
    for name in LINE_FILES:
        file = run / name
        if file.exists():
            os.truncate(file, state["line_files"][name] if state else 0)
    return state


def save_whole(path: Path, state: Mapping[str, Any]) -> None:
    """Write a file of tensors and plain values, or leave it as it was."""
    part = path.parent / "part"
    with names_file(path), part.open("wb") as file:
        torch.save(dict(state), file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    fsync_dir(path.parent)


def _settled_length(path: Path) -> int:
    """Bytes of a line file, all of them on the disk."""
    with path.open("ab") as file:
        os.fsync(file.fileno())
        return file.tell()
