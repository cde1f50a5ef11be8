"""A decoder as plain arithmetic: embeddings, layers, logits.

One network computes what transformers' modules of several architectures do (``architectures`` reads
them), with fewer and larger operations: queries, keys and values of a layer come from one product,
rotary positions are applied to queries and keys at once, and no mask is made in the layers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from rltf.models.engine.attention import HeadShape
from rltf.models.engine.matrix import Matrix


class Attention(Protocol):
    """Where keys and values are written to and read from."""

    def itself(self, layer: int, heads: Tensor) -> Tensor:
        """Attend from each id to those of its row up to it; (B, T, H * D).

        ``heads`` (B, T, H + 2 K, D) are those of queries, keys and values.
        """
        ...

    def memory(self, layer: int, queries: Tensor) -> Tensor:
        """Attend from queries (B, T, H, D) to what the encoder read; (B, T, H * D)."""
        ...


class Norm:
    """A layer norm, or a root mean square norm, over the last dimension."""

    def __init__(
        self, module: Any, kind: Literal["layer", "rms"], eps: float, dtype: torch.dtype
    ) -> None:
        self.kind = kind
        self.eps = eps
        self.weight: Tensor = module.weight.detach().to(dtype)
        bias = getattr(module, "bias", None)
        self.bias: Tensor | None = None if bias is None else bias.detach().to(dtype)
        self._start = torch.tensor(eps, device=self.weight.device)
        self._share = 1 / len(self.weight)

    def __call__(self, inputs: Tensor) -> Tensor:
        if self.kind == "layer":
            return F.layer_norm(inputs, self.weight.shape, self.weight, self.bias, self.eps)
        # F.rms_norm is three times as many operations
        length = torch.linalg.vector_norm(inputs, dim=-1, keepdim=True, dtype=torch.float32)
        factor = torch.addcmul(self._start, length, length, value=self._share).rsqrt_()
        return (inputs * factor).to(inputs.dtype).mul_(self.weight)


@dataclass(frozen=True)
class MemoryAttention:
    """The part of a layer that attends to what the encoder read."""

    norm: Norm
    queries: Matrix
    keys_values: Matrix
    out: Matrix


@dataclass(frozen=True)
class Layer:
    """One layer's weights."""

    norm: Norm
    queries_keys_values: Matrix
    """Heads of queries, of keys, of values, in this order."""
    out: Matrix
    feed_forward_norm: Norm | None
    """``None``: the feed-forward part reads what the attention reads, beside it, as in GPT-J."""
    feed_forward_in: Matrix
    feed_forward_out: Matrix
    query_norm: Norm | None = None
    key_norm: Norm | None = None
    memory: MemoryAttention | None = None


class Rotation:
    """Rotary positions (Su et al., 2021): dimension i turns with dimension i + D / 2.

    Args:
        angles: makes cosines and sines (P, D / 2) of so many positions.
    """

    def __init__(self, angles: Callable[[int], tuple[Tensor, Tensor]], dtype: torch.dtype) -> None:
        self._angles = angles
        self._dtype = dtype
        self._cos = self._sin = torch.empty(0)

    @property
    def tables(self) -> tuple[Tensor, Tensor]:
        """Factors (P, D) of a dimension, and of the one that it turns with."""
        return self._cos, self._sin

    def reach(self, positions: int) -> None:
        """Prepare for so many positions."""
        if len(self._cos) < positions:
            cos, sin = self._angles(positions)
            self._cos = torch.cat([cos, cos], dim=-1).to(self._dtype)
            self._sin = torch.cat([-sin, sin], dim=-1).to(self._dtype)

    def at(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Return factors (B, T, 1, D) for positions (B, T)."""
        return self._cos[positions].unsqueeze(2), self._sin[positions].unsqueeze(2)


def rotate_(heads: Tensor, factors: tuple[Tensor, Tensor]) -> None:
    """Turn heads (B, T, H, D) to their positions, in place."""
    cos, sin = factors
    half = heads.shape[-1] // 2
    swapped = torch.cat([heads[..., half:], heads[..., :half]], dim=-1)
    heads.mul_(cos).addcmul_(swapped, sin)


@dataclass(frozen=True)
class Network:
    """A decoder. Its weights are copies."""

    heads: HeadShape
    scale: float
    """Factor of the products of queries and keys."""
    embed: Callable[[Tensor, Tensor], Tensor]
    """Makes hidden states (B, T, E) of ids (B, T) at positions (B, T)."""
    layers: tuple[Layer, ...]
    activation: Callable[[Tensor], Tensor]
    gated: bool
    """Whether the first half of a feed-forward part gates the second."""
    norm: Norm
    head: Matrix
    dtype: torch.dtype
    """Of all numbers but the weights of matrices."""
    rotation: Rotation | None = None
    distance_bias: Callable[[int], Tensor] | None = None
    """Makes what T5 adds to products by distance (H, P), for distances below P."""
    head_scale: float = 1.0
    encode: Callable[[Tensor, Tensor], Tensor] | None = None
    """Reads ids (B, P) and their mask (B, P); returns the memory (B, P, E)."""
    start_id: int = 0
    """The id that an encoder-decoder's completions begin after."""

    def hidden(self, ids: Tensor, positions: Tensor, attention: Attention) -> Tensor:
        """Return the last hidden states (B, T, E) of ids (B, T) at positions (B, T)."""
        hidden = self.embed(ids, positions)
        factors = None if self.rotation is None else self.rotation.at(positions)
        for number, layer in enumerate(self.layers):
            inputs = layer.norm(hidden)
            hidden = self._attend(number, layer, inputs, factors, attention).add_(hidden)
            if layer.memory is not None:
                hidden = self._attend_memory(number, layer.memory, hidden, attention).add_(hidden)
            if layer.feed_forward_norm is not None:
                inputs = layer.feed_forward_norm(hidden)
            hidden = self._feed_forward(layer, inputs).add_(hidden)
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """Return logits (B, V) in float32 of hidden states (B, E)."""
        hidden = self.norm(hidden)
        if self.head_scale != 1.0:
            hidden = hidden * self.head_scale
        return self.head(hidden).float()

    def _attend(
        self,
        number: int,
        layer: Layer,
        inputs: Tensor,
        factors: tuple[Tensor, Tensor] | None,
        attention: Attention,
    ) -> Tensor:
        shape = self.heads
        heads = layer.queries_keys_values(inputs).view(*inputs.shape[:2], -1, shape.width)
        if layer.query_norm is not None and layer.key_norm is not None:
            queries, keys, values = heads.split([shape.queries, shape.keys, shape.keys], dim=2)
            heads = torch.cat([layer.query_norm(queries), layer.key_norm(keys), values], dim=2)
        if factors is not None:
            rotate_(heads[:, :, : shape.queries + shape.keys], factors)
        return layer.out(attention.itself(number, heads))

    def _attend_memory(
        self, number: int, layer: MemoryAttention, hidden: Tensor, attention: Attention
    ) -> Tensor:
        queries = layer.queries(layer.norm(hidden)).unflatten(-1, (-1, self.heads.width))
        return layer.out(attention.memory(number, queries))

    def _feed_forward(self, layer: Layer, inputs: Tensor) -> Tensor:
        inner = layer.feed_forward_in(inputs)
        if self.gated:
            half = inner.shape[-1] // 2
            return layer.feed_forward_out(
                self.activation(inner[..., :half]).mul_(inner[..., half:])
            )
        return layer.feed_forward_out(self.activation(inner))
