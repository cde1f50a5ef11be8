"""Rows of ids of different lengths as one rectangular batch."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor

_MOST_HIDDEN_VALUES = 2**24
"""Most hidden values of a micro-batch on a CPU, over all layers; activations take about 90 bytes for
each, 1.5 GB together."""
_COMPILED_WIDTHS = 64


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


def by_length(
    rows: Sequence[tuple[Sequence[int], Sequence[int]]],
    size: int,
    most_tokens: int | None = None,
) -> list[list[int]]:
    """Return the indices of rows in batches, similar lengths together and the longest first.

    The first batch then takes the most memory, and the others find room in what it has freed.

    Args:
        size: Most rows of a batch.
        most_tokens: Most tokens of a batch, padding included; a row that has more is by itself.
    """
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i][0]) - len(rows[i][1]))
    batches: list[list[int]] = []
    prompt = target = 0
    for index in order:
        prompt, target = max(prompt, len(rows[index][0])), max(target, len(rows[index][1]))
        room = size
        if most_tokens is not None:
            room = min(size, most_tokens // max(1, prompt + target))
        if batches and len(batches[-1]) < room:
            batches[-1].append(index)
        else:
            batches.append([index])
            prompt, target = len(rows[index][0]), len(rows[index][1])
    return batches


def most_tokens_together(config: Any, device: torch.device | str) -> int | None:
    """Return how many tokens a micro-batch may have; ``None``: any number.

    On a CPU, more tokens at once take more memory and no less time.

    Args:
        config: Of the model.
    """
    if torch.device(device).type != "cpu":
        return None
    text = config.get_text_config()
    values: int = text.num_hidden_layers * text.hidden_size
    return max(1, _MOST_HIDDEN_VALUES // values)


def width_step(device: torch.device | str, dtype: torch.dtype) -> int:
    """Return the number of which widths of batches that a model reads should be multiples.

    On a CPU, oneDNN compiles kernels for each shape in bfloat16, and torch keeps those of attention
    for good: 20 MB for each new width of a 135M Llama.

    Args:
        dtype: What the model computes in.
    """
    is_compiled = torch.device(device).type == "cpu" and dtype == torch.bfloat16
    return _COMPILED_WIDTHS if is_compiled else 1


def round_up(number: int, step: int) -> int:
    """Return the least multiple of ``step`` that is not below a number."""
    return -(-number // step) * step


def position_arguments(model: Any, mask: Tensor, *, last: int) -> dict[str, Tensor]:
    """Return ``position_ids`` (B, last) of a mask's last columns, from 0 at a row's first id.

    Empty for models that take no positions.
    """
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return {}
    return {"position_ids": (mask.cumsum(-1) - 1).clamp(min=0)[:, -last:]}
