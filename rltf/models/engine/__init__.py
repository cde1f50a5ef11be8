"""Decoding step by step: rows of a cache, over a network of this package or over any model."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from rltf.models.engine.any_decoder import AnyDecoder
from rltf.models.engine.architectures import read_network
from rltf.models.engine.cached_decoder import CachedDecoder
from rltf.models.engine.network import Network

TOLERANCE = {torch.float32: 1e-3}
"""Norm of the difference of logits from the model's own, as a share of the norm of these."""
ROUGH_TOLERANCE = 0.15
"""The same for dtypes with fewer digits."""
CHECKED_PLACES = (0.1, 0.5, 0.3, 0.2, 0.7, 0.4, 0.6, 0.3)
"""A prompt of 5 ids and three steps after it, as places in the vocabulary.

The first ids are often special tokens, whose states are large and so are badly rounded.
"""


class Rows(Protocol):
    """The rows in flight, each with what it has read so far."""

    refills: bool
    """Whether rows may be started while others are in flight."""

    def start(self, prompts: Sequence[tuple[int, ...]], rows: Sequence[int]) -> Tensor:
        """Read prompts into these rows; return logits (N, V) of the first new ids, in float32."""
        ...

    def prepare(self) -> Hashable | None:
        """Get ready for a step; return what its operations depend on, besides their tensors.

        ``None``: the step cannot be captured as a CUDA graph.
        """
        ...

    def step(self, ids: Tensor, live: Tensor) -> Tensor:
        """Read an id for every row (B,); return logits (B, V) of the next, in float32.

        The next call may overwrite them.

        Rows that are not live (B,) have ended: what they read and return means nothing.
        """
        ...

    def keep(self, rows: Tensor) -> None:
        """Keep these rows, in this order, which ascends."""
        ...


_agreed: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()
"""Whether the network of each model computes what the model does."""


@torch.inference_mode()
def open_rows(
    model: Any,
    prompts: Sequence[tuple[int, ...]],
    rows: int,
    new_ids: int,
    dtype: torch.dtype | None = None,
) -> Rows:
    """Return rows that can be started.

    Args:
        prompts: All prompts that will be started.
        rows: Most rows at a time.
        new_ids: Most ids that follow a prompt.
        dtype: What a known network computes in; ``None``: the model's own, bfloat16 on a GPU.
    """
    network = network_of(model, dtype or _dtype_of(model))
    if network is None:
        return AnyDecoder(model)
    return CachedDecoder(network, prompts, rows, new_ids, model.device)


@torch.inference_mode()
def network_of(model: Any, dtype: torch.dtype) -> Network | None:
    """Return the network of a model with its weights as they are now; ``None``: not known here.

    Once for each model, the logits of a network with the model's own dtype are compared with the
    model's.
    """
    network = read_network(model, dtype)
    if network is None:
        return None
    if model not in _agreed:
        same = network if dtype == model.dtype else read_network(model, model.dtype)
        _agreed[model] = same is not None and _agrees(model, same)
        if not _agreed[model]:
            logging.getLogger("rltf").warning(
                "%s computes something else than transformers' class of this name: "
                "generation goes through its own forward pass, which is slower",
                type(model).__name__,
            )
    return network if _agreed[model] else None


def _dtype_of(model: Any) -> torch.dtype:
    own: torch.dtype = model.dtype
    return torch.bfloat16 if own == torch.float32 and model.device.type == "cuda" else own


def _agrees(model: Any, network: Network) -> bool:
    """Compare logits after a few ids with those of the model's own forward pass."""
    with torch.autocast(model.device.type, enabled=False):
        pairs = _pairs_of_logits(model, network)
    most = TOLERANCE.get(model.dtype, ROUGH_TOLERANCE)
    return all(bool((ours - theirs).norm() <= most * theirs.norm()) for ours, theirs in pairs)


def _pairs_of_logits(model: Any, network: Network) -> list[tuple[Tensor, Tensor]]:
    """Return logits (1, V) of a few steps, each with those of the model's own forward pass."""
    ids = tuple(int(place * model.config.vocab_size) for place in CHECKED_PLACES)
    prompt, steps = ids[:5], ids[5:]
    was_training = model.training
    model.eval()
    expected = AnyDecoder(model)
    own = CachedDecoder(network, [prompt], 1, len(steps), model.device)
    pairs = [(own.start([prompt], [0]), expected.start([prompt], [0]))]
    live = torch.ones(1, dtype=torch.bool, device=model.device)
    for step in steps:
        read = torch.tensor([step], device=model.device)
        own.prepare()
        pairs.append((own.step(read, live).clone(), expected.step(read, live)))
    model.train(was_training)
    return pairs
