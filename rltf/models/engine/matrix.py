"""Weights in the form in which this machine multiplies with them fastest.

A decode step reads every weight once for a handful of rows, which is what its time is made of. C
reads them at the memory's speed (``compiled``). Where the CPU multiplies bfloat16 in hardware,
oneDNN's blocked layout serves for that type; a plain ``F.linear`` takes twice as long for 4 to 16
rows, and for any number in bfloat16.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rltf.models.engine.compiled import Blocks, arithmetic, keeps_weights

PACKED_FROM = 1 << 18
"""Least number of weights that are packed: the multiplication of packed ones starts 10 us later."""
PACKED_ROWS = 64
"""Rows that the layout is chosen for; it serves any number."""


class UnknownModuleError(Exception):
    """A module computes something that this package does not know."""


@dataclass(frozen=True)
class Part:
    """The rows of a linear module's weights."""

    module: Any
    rows: Tensor | None = None
    """Indices of the rows, in the order in which they are wanted; ``None``: all."""


class Matrix:
    """The weights of linear modules that read the same input, as one matrix: a copy."""

    def __init__(self, *parts: Part, dtype: torch.dtype) -> None:
        self._multiply = _read(parts, dtype)

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return (..., rows of all parts) for inputs (..., K)."""
        return self._multiply(inputs)

    @property
    def blocks(self) -> Blocks | None:
        """The weights as C reads them; ``None`` where it cannot multiply with them."""
        return self._multiply if isinstance(self._multiply, Blocks) else None


def _read(sources: Sequence[Part], dtype: torch.dtype) -> Callable[[Tensor], Tensor]:
    """Return what multiplies with the weights as they are now."""
    parts = [read_linear(source.module).selected(source.rows) for source in sources]
    adapted = [part for part in parts if part.up is not None]
    if adapted and dtype == torch.float32:
        parts = [part.merged() for part in parts]
    weights = [part.weight.to(dtype) for part in parts]
    computes_in = arithmetic(dtype, weights[0].device)
    bias: Tensor | None = None
    if any(part.bias is not None for part in parts):
        bias = torch.cat([part.bias_or_zeros() for part in parts]).to(computes_in)
    multiply = _multiplication(weights, bias)
    if not adapted or dtype == torch.float32:
        return multiply
    # 8 bits would round small changes away if they were added to the weights
    down = torch.cat([part.down for part in adapted if part.down is not None])
    up = torch.block_diag(*(part.up_or_nothing() for part in parts))
    return partial(_multiply_adapted, multiply, down.to(computes_in), up.to(computes_in))


def _multiplication(weights: list[Tensor], bias: Tensor | None) -> Callable[[Tensor], Tensor]:
    if keeps_weights(weights[0].dtype, weights[0].device):
        return Blocks(weights, bias)
    weight = torch.cat(weights)
    if weight.numel() < PACKED_FROM or not _can_pack(weight):
        return partial(F.linear, weight=weight, bias=bias)
    packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), PACKED_ROWS)
    return partial(_multiply_packed, packed, bias)


def _multiply_packed(packed: Tensor, bias: Tensor | None, inputs: Tensor) -> Tensor:
    product: Tensor = torch.ops.mkldnn._linear_pointwise(inputs, packed, bias, "none", [], "")
    return product


def _multiply_adapted(
    multiply: Callable[[Tensor], Tensor], down: Tensor, up: Tensor, inputs: Tensor
) -> Tensor:
    return multiply(inputs).add_(F.linear(F.linear(inputs, down), up))


def _can_pack(weight: Tensor) -> bool:
    if weight.device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return False
    if weight.dtype == torch.bfloat16:
        supported: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
        return supported
    return weight.dtype == torch.float32


@dataclass(frozen=True)
class Linear:
    """What a linear module computes: x (W + up down)^T + bias."""

    weight: Tensor
    """(N, K)"""
    bias: Tensor | None
    """(N,)"""
    down: Tensor | None = None
    """(R, K) float32, of low-rank adapters (LoRA); ``None`` without any."""
    up: Tensor | None = None
    """(N, R) float32"""

    def selected(self, rows: Tensor | None) -> Linear:
        """Return the module's outputs in these rows alone, in their order; ``None``: all."""
        if rows is None:
            return self
        bias = None if self.bias is None else self.bias[rows]
        return Linear(
            self.weight[rows], bias, self.down, None if self.up is None else self.up[rows]
        )

    def merged(self) -> Linear:
        """Return the same without adapters."""
        if self.up is None or self.down is None:
            return self
        return Linear(self.weight + self.up @ self.down, self.bias)

    def bias_or_zeros(self) -> Tensor:
        """Return the bias (N,)."""
        return self.weight.new_zeros(len(self.weight)) if self.bias is None else self.bias

    def up_or_nothing(self) -> Tensor:
        """Return the second matrix of the adapters (N, R); R may be 0."""
        return self.weight.new_zeros(len(self.weight), 0) if self.up is None else self.up


def read_linear(module: Any) -> Linear:
    """Return the weights of a linear module; :class:`UnknownModuleError` for any other module."""
    if type(module) is nn.Linear:
        return Linear(module.weight.detach(), None if module.bias is None else module.bias.detach())
    kind = type(module)
    if (kind.__module__, kind.__name__) == ("transformers.pytorch_utils", "Conv1D"):
        return Linear(module.weight.detach().T, module.bias.detach())
    if hasattr(module, "base_layer") and hasattr(module, "lora_A"):
        return _read_adapted(module)
    raise UnknownModuleError(kind.__name__)


def _read_adapted(module: Any) -> Linear:
    """Return the weights of a module that peft has given low-rank adapters."""
    if module.lora_variant or (module.lora_bias and any(module.lora_bias.values())):
        raise UnknownModuleError(f"{type(module).__name__} with a variant of LoRA")
    plain = read_linear(module.base_layer)
    names = [name for name in module.active_adapters if name in module.lora_A]
    if module.disable_adapters or module.merged or not names:
        return plain
    downs = [module.lora_A[name].weight.detach().float() for name in names]
    ups = [module.scaling[name] * module.lora_B[name].weight.detach().float() for name in names]
    return Linear(plain.weight, plain.bias, torch.cat(downs), torch.cat(ups, dim=1))
