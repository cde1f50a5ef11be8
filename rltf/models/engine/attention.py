"""How the layers of a network attend: while prompts are read, and in a decode step."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from rltf.models.engine.key_value_cache import KeyValueCache

HIDDEN = float("-inf")


class Memory:
    """Keys and values of what an encoder read, and which columns of a row hold something."""

    def __init__(self, cache: KeyValueCache, scale: float) -> None:
        self._cache = cache
        self._scale = scale
        keys = cache.keys[0]
        self._mask = torch.full(keys.shape[:2], HIDDEN, dtype=keys.dtype, device=keys.device)

    def write(self, layer: int, rows: Tensor, keys: Tensor, values: Tensor) -> None:
        """Write keys and values (N, P, K, D) of N rows."""
        self._cache.write_rows(layer, rows, keys, values)

    def show(self, rows: Tensor, lengths: Tensor) -> None:
        """Show so many columns (N,) of these rows (N,)."""
        columns = torch.arange(self._cache.columns, device=rows.device)
        self._mask[rows] = _additive(columns < lengths.unsqueeze(1), self._mask.dtype)

    def copy(self, sources: Tensor, targets: Tensor) -> None:
        """Copy the source rows (N,) to the target rows (N,)."""
        self._cache.copy(sources, targets, self._cache.columns)
        self._mask[targets] = self._mask[sources]

    def keep(self, rows: Tensor) -> None:
        """Keep these rows, which ascend."""
        self._cache.keep(rows, self._cache.columns)
        self._mask = self._mask[rows]

    def attend(self, layer: int, queries: Tensor, rows: Tensor | None = None) -> Tensor:
        """Attend from queries (B, T, H, D) of these rows, or of all; (B, T, H * D)."""
        keys, values, mask = self._cache.keys[layer], self._cache.values[layer], self._mask
        if rows is not None:
            keys, values, mask = keys[rows], values[rows], mask[rows]
        return attend(queries, keys, values, self._scale, mask[:, None, None])


class Reading:
    """Reads ids (N, T) into N rows of a cache; all rows begin with the same ``prefix``, if any."""

    def __init__(
        self,
        cache: KeyValueCache,
        rows: Tensor,
        scale: float,
        prefix: KeyValueCache | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._cache = cache
        self._rows = rows
        self._scale = scale
        self._prefix = prefix
        self._memory = memory

    def itself(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """See :class:`rltf.models.engine.network.Attention`."""
        mask = None
        if self._prefix is not None:
            before = self._prefix.columns
            rows, width = keys.shape[:2]
            keys, values = (
                torch.cat([start[layer].expand(rows, -1, -1, -1), new], dim=1)
                for start, new in ((self._prefix.keys, keys), (self._prefix.values, values))
            )
            seen = torch.ones(width, before + width, dtype=torch.bool, device=keys.device)
            mask = _additive(seen.tril(before), queries.dtype)[None, None]
        self._cache.write_rows(layer, self._rows, keys, values)
        return attend(queries, keys, values, self._scale, mask, is_causal=mask is None)

    def memory(self, layer: int, queries: Tensor) -> Tensor:
        """See :class:`rltf.models.engine.network.Attention`."""
        assert self._memory is not None
        return self._memory.attend(layer, queries, self._rows)


class Stepping:
    """Writes the next id of every row of a cache and attends to the ids before it.

    Shapes and places in memory stay the same from step to step, but for the number of columns that
    are read, so that a GPU can capture a step as a graph.
    """

    def __init__(
        self, cache: KeyValueCache, scale: float, bias: Tensor | None, memory: Memory | None
    ) -> None:
        self._cache = cache
        self._scale = scale
        self._bias = bias
        self._memory = memory
        self.width = cache.columns
        """Number of columns that are read."""
        self.positions = torch.zeros(0, dtype=torch.long)
        """(B,) column of each row's next id."""
        self._mask = torch.zeros(0)
        self._places = torch.zeros(0, dtype=torch.long)
        self._shown = torch.zeros(0)

    def begin(self, positions: Tensor) -> None:
        """Go on at these positions (B,), after rows were read or dropped."""
        columns = torch.arange(self._cache.columns, device=positions.device)
        self.positions = positions
        self.width = int(positions.max()) + 1
        self._mask = _additive(columns < positions.unsqueeze(1), self._cache.keys[0].dtype)

    def advance(self, live: Tensor) -> None:
        """Go on to the next position of the live rows (B,)."""
        self.positions += live
        self.width = min(self.width + 1, self._cache.columns)

    def prepare(self) -> None:
        """Make what all layers of a step share, from the positions."""
        rows = len(self.positions)
        first = torch.arange(rows, device=self.positions.device) * self._cache.columns
        self._places = first + self.positions
        self._mask.scatter_(1, self.positions.unsqueeze(1), 0.0)
        shown = self._mask[:, None, None, : self.width]  # (B, 1, 1, W)
        if self._bias is not None:
            columns = torch.arange(self.width, device=self.positions.device)
            distances = (self.positions.unsqueeze(1) - columns).clamp(min=0)  # (B, W)
            shown = shown + self._bias[:, distances].transpose(0, 1).unsqueeze(2)  # (B, H, 1, W)
        self._shown = shown

    def itself(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """See :class:`rltf.models.engine.network.Attention`."""
        cache = self._cache
        cache.write(layer, self._places, keys.squeeze(1), values.squeeze(1))
        past = (cache.keys[layer][:, : self.width], cache.values[layer][:, : self.width])
        return attend(queries, *past, self._scale, self._shown)

    def memory(self, layer: int, queries: Tensor) -> Tensor:
        """See :class:`rltf.models.engine.network.Attention`."""
        assert self._memory is not None
        return self._memory.attend(layer, queries)


def attend(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    scale: float,
    mask: Tensor | None,
    *,
    is_causal: bool = False,
) -> Tensor:
    """Attend from queries (B, T, H, D) to keys and values (B, W, K, D); return (B, T, H * D).

    ``mask`` (1 or B, 1 or H, 1 or T, W) is added to the products (B, H, T, W).
    """
    rows, length, heads, width = queries.shape
    shared = heads // keys.shape[2]
    keys, values = keys.transpose(1, 2), values.transpose(1, 2)
    if shared > 1 and length == 1:
        # the heads that share keys stand in for positions, so that no key is read twice
        queries = queries.view(rows, -1, shared, width)
        if mask is not None:
            mask = mask.expand(-1, -1, shared, -1)
        mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, scale=scale)
        return mixed.reshape(rows, 1, heads * width)
    if shared > 1:
        keys, values = (each.repeat_interleave(shared, dim=1) for each in (keys, values))
    mixed = F.scaled_dot_product_attention(
        queries.transpose(1, 2), keys, values, attn_mask=mask, scale=scale, is_causal=is_causal
    )
    return mixed.transpose(1, 2).reshape(rows, length, heads * width)


def _additive(shown: Tensor, dtype: torch.dtype) -> Tensor:
    """Return 0 where a mask shows a place, minus infinity elsewhere."""
    return torch.zeros(shown.shape, dtype=dtype, device=shown.device).masked_fill_(~shown, HIDDEN)
