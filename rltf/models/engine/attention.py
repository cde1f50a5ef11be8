"""Keys and values in a cache, and attention to them: of prompts, of the next id, to a memory."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
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


HIDDEN = float("-inf")
COLUMNS_TOGETHER = 32
"""Columns that a decode step begins to read at once; those without an id yet are hidden."""
GPU_COLUMNS_TOGETHER = 256
"""The same on a GPU, where a step is captured anew for each number of columns."""


class Memory:
    """Keys and values of what an encoder read, and which columns of a row hold something."""

    def __init__(self, cache: KeyValueCache, heads: HeadShape, scale: float) -> None:
        self.cache = cache
        self._heads = heads
        self._scale = scale
        any_layer = cache.layers[0]
        self._mask = any_layer.new_full(any_layer.shape[:2], HIDDEN)
        self.lengths = torch.zeros(len(any_layer), dtype=torch.long, device=any_layer.device)
        """(B,) number of columns that hold something."""

    def write(self, layer: int, rows: Tensor, keys_values: Tensor) -> None:
        """Write keys and values (N, P, 2 K, D) of N rows."""
        self.cache.write(layer, rows, keys_values)

    def show(self, rows: Tensor, lengths: Tensor) -> None:
        """Show so many columns (N,) of these rows (N,)."""
        self.lengths[rows] = lengths
        columns = torch.arange(self.cache.columns, device=rows.device)
        self._mask[rows] = _additive(columns < lengths.unsqueeze(1), self._mask.dtype)

    def copy(self, sources: Tensor, targets: Tensor) -> None:
        """Copy the source rows (N,) to the target rows (N,)."""
        self.cache.copy(sources, targets, self.cache.columns)
        self.lengths[targets] = self.lengths[sources]
        self._mask[targets] = self._mask[sources]

    def keep(self, rows: Tensor) -> None:
        """Keep these rows, which ascend."""
        self.cache.keep(rows, self.cache.columns)
        self.lengths = self.lengths[rows]
        self._mask = self._mask[rows]

    def attend(self, layer: int, queries: Tensor, rows: Tensor | None = None) -> Tensor:
        """Attend from queries (B, 1, H, D) of these rows, or of all; (B, 1, H * D)."""
        keys, values = self.cache.past(layer, self.cache.columns)
        mask = self._mask
        if rows is not None:
            keys, values, mask = keys[rows], values[rows], mask[rows]
        return attend_once(queries, keys, values, self._scale, mask[:, None, None])


class Reading:
    """Reads ids (N, T) into N rows of a cache; all rows begin with the same ``prefix``, if any."""

    def __init__(
        self,
        cache: KeyValueCache,
        rows: Tensor,
        heads: HeadShape,
        scale: float,
        prefix: KeyValueCache | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._cache = cache
        self._rows = rows
        self._heads = heads
        self._scale = scale
        self._prefix = prefix
        self._memory = memory

    def itself(self, layer: int, heads: Tensor) -> Tensor:
        """See :class:`rltf.models.engine.network.Attention`."""
        shape = self._heads
        queries, keys_values = heads.split([shape.queries, 2 * shape.keys], dim=2)
        mask = None
        if self._prefix is not None:
            before = self._prefix.columns
            rows, width = heads.shape[:2]
            start = self._prefix.layers[layer].expand(rows, -1, -1, -1)
            keys_values = torch.cat([start, keys_values], dim=1)
            seen = torch.ones(width, before + width, dtype=torch.bool, device=heads.device)
            mask = _additive(seen.tril(before), heads.dtype)
        self._cache.write(layer, self._rows, keys_values)
        keys, values = (
            each.repeat_interleave(shape.queries // shape.keys, dim=2).transpose(1, 2)
            for each in keys_values.split(shape.keys, dim=2)
        )
        mixed = F.scaled_dot_product_attention(
            queries.transpose(1, 2),
            keys,
            values,
            attn_mask=mask,
            scale=self._scale,
            is_causal=mask is None,
        )
        return mixed.transpose(1, 2).flatten(2)

    def memory(self, layer: int, queries: Tensor) -> Tensor:
        """See :class:`rltf.models.engine.network.Attention`."""
        assert self._memory is not None
        return self._memory.attend(layer, queries, self._rows)


class Stepping:
    """Writes the next id of every row of a cache and attends to the ids before it."""

    def __init__(
        self,
        cache: KeyValueCache,
        heads: HeadShape,
        scale: float,
        bias: Tensor | None,
        memory: Memory | None,
    ) -> None:
        self._cache = cache
        self._heads = heads
        self._scale = scale
        self._bias = bias
        self._memory = memory
        self.positions = torch.zeros(0, dtype=torch.long)
        """(B,) column of each row's next id."""
        self.width = 0
        """Number of columns up to the last that any row may have written to."""
        self._read = 0
        """Number of columns that are read."""
        self._past: list[tuple[Tensor, Tensor]] = []
        self._columns: list[Tensor] = []
        """(B * C, 2 K, D) of each layer."""
        self._mask = torch.zeros(0)
        self._places = torch.zeros(0, dtype=torch.long)
        self._shown = torch.zeros(0)

    def begin(self, positions: Tensor) -> None:
        """Go on at these positions (B,), after rows were read or dropped.

        Positions and mask stay where they are as long as their number of rows does.
        """
        columns = torch.arange(self._cache.columns, device=positions.device)
        mask = _additive(columns < positions.unsqueeze(1), self._cache.layers[0].dtype)
        self.width = int(positions.max())
        self._read = 0
        if len(positions) == len(self.positions):
            self.positions.copy_(positions)
            self._mask.copy_(mask)
        else:
            self.positions, self._mask = positions.clone(), mask
            self._columns = [layer.flatten(0, 1) for layer in self._cache.layers]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows, and of the columns that a step reads."""
        return len(self.positions), self._read

    def make_room(self) -> None:
        """Read so many columns that each row's next is among them."""
        self.width = min(self.width + 1, self._cache.columns)
        if self.width > self._read:
            on_gpu = self.positions.device.type == "cuda"
            together = GPU_COLUMNS_TOGETHER if on_gpu else COLUMNS_TOGETHER
            self._read = min(-(-self.width // together) * together, self._cache.columns)
            layers = range(len(self._columns))
            self._past = [self._cache.past(layer, self._read) for layer in layers]

    def advance(self, live: Tensor) -> None:
        """Go on to the next position of the live rows (B,)."""
        self.positions += live

    def share(self) -> None:
        """Make what all layers of a step share, from the positions."""
        rows = len(self.positions)
        first = torch.arange(rows, device=self.positions.device) * self._cache.columns
        self._places = first + self.positions
        self._mask.scatter_(1, self.positions.unsqueeze(1), 0.0)
        shown = self._mask[:, None, None, : self._read]  # (B, 1, 1, W)
        if self._bias is not None:
            columns = torch.arange(self._read, device=self.positions.device)
            distances = (self.positions.unsqueeze(1) - columns).clamp(min=0)  # (B, W)
            shown = shown + self._bias[:, distances].transpose(0, 1).unsqueeze(2)  # (B, H, 1, W)
        self._shown = shown

    def itself(self, layer: int, heads: Tensor) -> Tensor:
        """See :class:`rltf.models.engine.network.Attention`."""
        queries = self._heads.queries
        self._columns[layer].index_copy_(0, self._places, heads[:, 0, queries:])
        return attend_once(heads[:, :, :queries], *self._past[layer], self._scale, self._shown)

    def memory(self, layer: int, queries: Tensor) -> Tensor:
        """See :class:`rltf.models.engine.network.Attention`."""
        assert self._memory is not None
        return self._memory.attend(layer, queries)


def attend_once(
    queries: Tensor, keys: Tensor, values: Tensor, scale: float, mask: Tensor
) -> Tensor:
    """Attend from queries (B, 1, H, D) to keys and values (B, K, W, D); return (B, 1, H * D).

    ``mask`` (B, 1 or H, 1, W) is added to the products. The heads that share keys stand in for
    positions, so that no key is read twice.
    """
    rows, _, heads, width = queries.shape
    queries = queries.view(rows, keys.shape[1], -1, width)
    if queries.shape[2] > 1:
        mask = mask.expand(-1, -1, queries.shape[2], -1)
    mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, scale=scale)
    return mixed.reshape(rows, 1, heads * width)


def _additive(shown: Tensor, dtype: torch.dtype) -> Tensor:
    """Return 0 where a mask shows a place, minus infinity elsewhere."""
    return torch.zeros(shown.shape, dtype=dtype, device=shown.device).masked_fill_(~shown, HIDDEN)
