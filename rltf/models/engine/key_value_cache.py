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
    """For each layer, B rows of C columns (B, C, 2 K, D), one column per id: keys, then values.

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
        shape = (rows, columns, 2 * heads.keys, heads.width)
        self.layers = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(layers)]
        self.columns = columns
        self._keys = heads.keys

    def write(self, layer: int, rows: Tensor, new: Tensor) -> None:
        """Write the first T columns (N, T, 2 K, D) of N rows."""
        self.layers[layer][rows, : new.shape[1]] = new

    def past(self, layer: int, columns: int) -> tuple[Tensor, Tensor]:
        """Return the first columns of all rows as keys and values (B, K, columns, D)."""
        keys, values = self.layers[layer][:, :columns].split(self._keys, dim=2)
        return keys.transpose(1, 2), values.transpose(1, 2)

    def copy(self, sources: Tensor, targets: Tensor, columns: int) -> None:
        """Copy the first columns of the source rows (N,) to the target rows (N,)."""
        for tensor in self.layers:
            tensor[targets, :columns] = tensor[sources, :columns]

    def keep(self, rows: Tensor, columns: int) -> None:
        """Keep the first columns of these rows, which ascend."""
        for layer, tensor in enumerate(self.layers):
            tensor[: len(rows), :columns] = tensor[rows, :columns]
            self.layers[layer] = tensor[: len(rows)]
