"""Rows of ids of different lengths as one rectangular batch."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor


def pad(
    rows: Sequence[Sequence[int]], *, side: Literal["left", "right"], device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return ids (B, L) and their mask (B, L), 1 where there is an id; L is the longest row.

    Places without an id hold id 0; they are masked, so any id would do.
    """
    width = max(len(row) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    for index, row in enumerate(rows):
        columns = slice(width - len(row), width) if side == "left" else slice(0, len(row))
        ids[index, columns] = torch.as_tensor(row, dtype=torch.long)
        mask[index, columns] = 1
    return ids.to(device), mask.to(device)


def by_length(rows: Sequence[tuple[Sequence[int], Sequence[int]]], size: int) -> list[list[int]]:
    """Return the indices of rows in batches of at most ``size``, similar lengths together."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]) + len(rows[i][1]))
    return [order[first : first + size] for first in range(0, len(order), size)]


def position_arguments(model: Any, mask: Tensor, *, last: int) -> dict[str, Tensor]:
    """Return ``position_ids`` (B, last) of a mask's last columns, from 0 at a row's first id.

    Empty for models that take no positions.
    """
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return {}
    return {"position_ids": (mask.cumsum(-1) - 1).clamp(min=0)[:, -last:]}
