"""Hidden states of the tokens that a model is scored on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor


@contextmanager
def output_layer_inputs(model: Any) -> Iterator[list[Tensor]]:
    """Collect what the model's output layer reads while the block runs: hidden states (B, …, D).

    The states of a token are those from which it is predicted, so they know nothing of it.
    """
    seen: list[Tensor] = []

    def keep(_: Any, inputs: tuple[Tensor, ...]) -> None:
        seen.append(inputs[0])

    handle = model.get_output_embeddings().register_forward_pre_hook(keep)
    try:
        yield seen
    finally:
        handle.remove()
