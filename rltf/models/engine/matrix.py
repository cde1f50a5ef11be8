"""Weights in the form in which this machine multiplies with them fastest.

A decode step reads every weight once for a handful of rows, which is what its time is made of.
oneDNN's blocked layout reads them at the memory's speed in float32 and bfloat16 alike; a plain
``F.linear`` takes twice as long for 4 to 16 rows in float32, and for any number in bfloat16.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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
    """The weights of linear modules that read the same input, as one matrix.

    It holds a copy of the weights: :meth:`refresh` brings it up to date.
    """

    def __init__(self, *parts: Part, dtype: torch.dtype) -> None:
        self._parts = parts
        self._dtype = dtype
        self._multiply: Callable[[Tensor], Tensor]
        self.refresh()

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return (..., rows of all parts) for inputs (..., K)."""
        return self._multiply(inputs)

    def refresh(self) -> None:
        """Copy the weights as they are now."""
        pairs = [_selected(part) for part in self._parts]
        weights = [weight.to(self._dtype) for weight, _ in pairs]
        weight = torch.cat(weights) if len(weights) > 1 else weights[0]
        bias: Tensor | None = None
        if any(bias is not None for _, bias in pairs):
            biases = [
                part.new_zeros(len(part)) if bias is None else bias.to(self._dtype)
                for part, (_, bias) in zip(weights, pairs, strict=True)
            ]
            bias = torch.cat(biases)
        if weight.numel() >= PACKED_FROM and _can_pack(weight):
            packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), PACKED_ROWS)
            self._multiply = partial(_multiply_packed, packed, bias)
        else:
            self._multiply = partial(F.linear, weight=weight, bias=bias)


def _multiply_packed(packed: Tensor, bias: Tensor | None, inputs: Tensor) -> Tensor:
    product: Tensor = torch.ops.mkldnn._linear_pointwise(inputs, packed, bias, "none", [], "")
    return product


def _can_pack(weight: Tensor) -> bool:
    if weight.device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return False
    if weight.dtype == torch.bfloat16:
        supported: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
        return supported
    return weight.dtype == torch.float32


def _selected(part: Part) -> tuple[Tensor, Tensor | None]:
    weight, bias = linear_weights(part.module)
    if part.rows is None:
        return weight, bias
    return weight[part.rows], None if bias is None else bias[part.rows]


def linear_weights(module: Any) -> tuple[Tensor, Tensor | None]:
    """Return weights (N, K) and bias (N,) of a linear module, adapters of LoRA merged in.

    Raises :class:`UnknownModuleError` for any other module.
    """
    if type(module) is nn.Linear:
        return module.weight.detach(), None if module.bias is None else module.bias.detach()
    if (
        type(module).__name__ == "Conv1D"
        and type(module).__module__ == "transformers.pytorch_utils"
    ):
        return module.weight.detach().T, module.bias.detach()
    if hasattr(module, "base_layer") and hasattr(module, "get_delta_weight"):
        return _with_adapters(module)
    raise UnknownModuleError(type(module).__name__)


def _with_adapters(module: Any) -> tuple[Tensor, Tensor | None]:
    """Return the weights of a module that peft has given low-rank adapters."""
    if getattr(module, "lora_variant", None) or any(getattr(module, "use_dora", {}).values()):
        raise UnknownModuleError(f"{type(module).__name__} with a variant of LoRA")
    weight, bias = linear_weights(module.base_layer)
    if module.disable_adapters or module.merged:
        return weight, bias
    for adapter in module.active_adapters:
        if adapter in module.lora_A:
            weight = weight + module.get_delta_weight(adapter).detach().to(weight.dtype)
    return weight, bias
