"""Log-probabilities of given ids under the model that is being trained.

Logits take the most memory of a forward pass: 4 bytes for each position and each token of the
vocabulary, several times over. They are therefore computed for a chunk of positions at a time, and
once more in the backward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from rltf.models.padding import pad, position_arguments, round_up, width_step

CHUNK_LOGITS = 2**23
"""Most logits of a chunk; 32 MiB in float32."""


def token_log_probs(
    model: Any, prompts: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
) -> tuple[Tensor, Tensor]:
    """Compute log p(target token | prompt, target tokens before it) for each row.

    Args:
        prompts: B rows of ids.
        targets: B rows of ids, none empty, which follow the prompts.

    Returns:
        Log-probabilities (B, T) in float32, 0 where a row has no token, and the mask (B, T) of
        type bool. T is the longest target.
    """
    target_ids, target_mask = pad(targets, side="right", device=model.device)  # (B, T)
    present = target_mask.bool()
    head = _OutputHead(model)
    forward = _encoder_decoder_logits if model.config.is_encoder_decoder else _decoder_only_logits

    def read(hidden: Tensor) -> Tensor:
        hidden = hidden[:, : target_ids.shape[1]]  # (B, T, D)
        return _chunked(head, hidden[present], target_ids[present], _width_step(model))

    with head.bypassed(read):
        first_logits = forward(model, prompts, target_ids, target_mask)  # (B, 1, V)
    found = head.found
    if not torch.equal(head.first_logits.float(), first_logits.float()):
        # the model changes its logits afterwards, with a soft cap for instance
        logits = forward(model, prompts, target_ids, target_mask)[:, : target_ids.shape[1]]
        found = _log_probs_of(logits[present], target_ids[present])
    log_probs = torch.zeros(present.shape, device=found.device).masked_scatter(present, found)
    return log_probs, present


def _width_step(model: Any) -> int:
    kind = model.device.type
    autocast = torch.is_autocast_enabled(kind)
    return width_step(kind, torch.get_autocast_dtype(kind) if autocast else model.dtype)


def _chunked(head: _OutputHead, hidden: Tensor, ids: Tensor, step: int) -> Tensor:
    """Return the log-probabilities (N,) of ids (N,) after hidden states (N, D).

    The positions of a chunk are filled up to a multiple of ``step``.
    """

    def of_chunk(hidden: Tensor, ids: Tensor) -> Tensor:
        return _log_probs_of(head(hidden), ids)

    size = max(step, CHUNK_LOGITS // head.first_logits.shape[-1] // step * step)
    count = len(ids)
    more = round_up(count, step) - count
    hidden, ids = F.pad(hidden, (0, 0, 0, more)), F.pad(ids, (0, more))
    if len(ids) <= size or not torch.is_grad_enabled():
        parts = [
            of_chunk(*chunk) for chunk in zip(hidden.split(size), ids.split(size), strict=True)
        ]
    else:
        parts = [
            checkpoint(of_chunk, *chunk, use_reentrant=False)
            for chunk in zip(hidden.split(size), ids.split(size), strict=True)
        ]
    return torch.cat(parts)[:count]


def _log_probs_of(logits: Tensor, ids: Tensor) -> Tensor:
    return -F.cross_entropy(logits.float(), ids, reduction="none")


class _OutputHead:
    """The output layer of a model, from hidden states (..., D) to logits (..., V)."""

    def __init__(self, model: Any) -> None:
        self._layer: torch.nn.Module = model.get_output_embeddings()
        self.first_logits: Tensor
        """The logits (B, 1, V) of the first position, as they leave the layer."""
        self.found: Tensor
        """What was read of the hidden states."""

    def __call__(self, hidden: Tensor) -> Tensor:
        logits: Tensor = self._layer.forward(hidden)  # past hooks: they wait for the model's pass
        return logits

    @contextmanager
    def bypassed(self, read: Callable[[Tensor], Tensor]) -> Iterator[None]:
        """Let the layer compute the logits of the first position alone; ``read`` all hidden states.

        They are read while the model's pass is in the layer: only then are sharded weights whole.
        """

        def keep_first(_: torch.nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            hidden = arguments[0]
            with torch.no_grad():
                self.first_logits = self(hidden[:, :1])
            self.found = read(hidden)
            return (hidden[:, :1], *arguments[1:])

        hook = self._layer.register_forward_pre_hook(keep_first)
        try:
            yield
        finally:
            hook.remove()


def _decoder_only_logits(
    model: Any, prompts: Sequence[Sequence[int]], target_ids: Tensor, target_mask: Tensor
) -> Tensor:
    # Prompts end and targets begin in one column, so that the logits of the targets are the last
    # T + 1 columns of every row, but for the very last: a large vocabulary is never projected for prompt positions.
    prompt_ids, prompt_mask = pad(prompts, side="left", device=target_ids.device)
    mask = torch.cat([prompt_mask, target_mask], dim=1)  # (B, P + T)
    more = round_up(mask.shape[1], _width_step(model)) - mask.shape[1]
    mask = F.pad(mask, (0, more))
    logits: Tensor = model(
        input_ids=F.pad(torch.cat([prompt_ids, target_ids], dim=1), (0, more)),
        attention_mask=mask,
        use_cache=False,
        logits_to_keep=target_ids.shape[1] + more + 1,
        **position_arguments(model, mask, last=mask.shape[1]),
    ).logits
    return logits


def _encoder_decoder_logits(
    model: Any, prompts: Sequence[Sequence[int]], target_ids: Tensor, target_mask: Tensor
) -> Tensor:
    step = _width_step(model)
    prompt_ids, prompt_mask = pad(prompts, side="right", device=target_ids.device)
    more = round_up(prompt_ids.shape[1], step) - prompt_ids.shape[1]
    start = target_ids.new_full((len(target_ids), 1), model.config.decoder_start_token_id)
    logits: Tensor = model(
        input_ids=F.pad(prompt_ids, (0, more)),
        attention_mask=F.pad(prompt_mask, (0, more)),
        # Padding stands behind a causal mask, where no token of the row can see it.
        decoder_input_ids=F.pad(
            torch.cat([start, target_ids[:, :-1]], dim=1),
            (0, round_up(target_ids.shape[1], step) - target_ids.shape[1]),
        ),
        use_cache=False,
    ).logits
    return logits
