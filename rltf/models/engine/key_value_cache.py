"""Keys and values of the rows in flight, in memory that is allocated once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class HeadShape:
    """The heads of an attention."""

    queries: int
    """H, number of heads of queries."""
    keys: int
    """K, number of heads of keys and values; each serves H / K heads of queries."""
    width: int
    """D, numbers per head."""


class KeyValueCache:
    """For each layer, keys and values (B, C, K, D): B rows of C columns, one column per id.

    What lies in a column that no id has been written to is finite, so that a mask can hide it.
    """

    def __init__(
        self,
        layers: int,
        rows: int,
        columns: int,
        heads: HeadShape,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        shape = (rows, columns, heads.keys, heads.width)
        self.keys = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(layers)]
        self.values = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(layers)]
        self.columns = columns

    @property
    def _tensors(self) -> list[list[Tensor]]:
        return [self.keys, self.values]

    def write(self, layer: int, places: Tensor, keys: Tensor, values: Tensor) -> None:
        """Write a column (N, K, D) to each place (N,), which is row * C + column."""
        for tensors, new in zip(self._tensors, (keys, values), strict=True):
            tensors[layer].flatten(0, 1).index_copy_(0, places, new)

    def write_rows(self, layer: int, rows: Tensor, keys: Tensor, values: Tensor) -> None:
        """Write the first T columns (N, T, K, D) of N rows."""
        for tensors, new in zip(self._tensors, (keys, values), strict=True):
            tensors[layer][rows, : new.shape[1]] = new

    def copy(self, sources: Tensor, targets: Tensor, columns: int) -> None:
        """Copy the first columns of the source rows (N,) to the target rows (N,)."""
        for tensors in self._tensors:
            for tensor in tensors:
                tensor[targets, :columns] = tensor[sources, :columns]

    def keep(self, rows: Tensor, columns: int) -> None:
        """Keep the first columns of these rows, which ascend."""
        for tensors in self._tensors:
            for layer, tensor in enumerate(tensors):
                tensor[: len(rows), :columns] = tensor[rows, :columns]
                tensors[layer] = tensor[: len(rows)]
