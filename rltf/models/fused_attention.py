"""Attention without the matrix of its weights, for models of transformers that still make it.

Others, T5 with its position bias among them, call ``scaled_dot_product_attention`` themselves.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch.nn.functional as F
from torch import Tensor


def fuse_attention(model: Any) -> None:
    """Let the model's layers attend with ``scaled_dot_product_attention``; CodeGen's alone need it.

    The weights (B, H, T, T) of each layer are then neither computed as a whole nor kept for the
    backward pass, and not returned either (``output_attentions``).
    """
    for module in model.modules():
        kind = type(module)
        if kind.__name__ == "CodeGenAttention" and kind.__module__.startswith("transformers."):
            module._attn = partial(_attend, module)


def _attend(
    module: Any, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, None]:
    """Attend from queries (B, H, T, D) to keys and values (B, H, L, D); ``mask`` (B, 1, T, L)."""
    mixed = F.scaled_dot_product_attention(
        queries.to(values.dtype),  # rotary positions are float32
        keys.to(values.dtype),
        values,
        attn_mask=None if mask is None else mask.to(values.dtype),
        dropout_p=module.attn_dropout.p if module.training else 0.0,
        is_causal=mask is None and queries.shape[2] > 1,
        scale=1 / module.scale_attn,
    )
    return mixed, None
