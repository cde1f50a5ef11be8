"""The generation engine: token ids in, token ids out, over the weights that are being trained.

It knows nothing about text. Prompts are sorted by length and cut into batches; each different
prompt of a batch is read once and its cache is shared out to its rows; rows that have ended are
dropped from the batch. Decoder-only models (prompts padded on the left) and encoder-decoder models
(padded on the right) differ only in how a row is started and stepped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from rltf.common.seeds import derive_seed
from rltf.models.padding import pad, position_arguments
from rltf.models.stop_strings import Stops
from rltf.models.token_sampling import BatchDraws, Draws, RowDraws, choose
from rltf.sampling_options import Sampling

# Dropping rows copies the cache, so it is done when an eighth of the rows has ended.
LIVE_SHARE_BEFORE_DROP = 7 / 8


@dataclass(frozen=True)
class GeneratedTokens:
    """The ids that a model wrote after a prompt."""

    ids: tuple[int, ...]
    """(T,) sampled ids, the end id included; one also closes a row that came to a stop string."""
    truncated: bool
    """Whether the length limit came before an end id."""


def generate(
    model: Any,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    *,
    end_id: int | Sequence[int],
    seed: int | Sequence[int],
    batch_size: int,
    stops: Callable[[int], Stops] | None = None,
    begun: Sequence[Sequence[int]] | None = None,
) -> Iterator[list[tuple[int, GeneratedTokens]]]:
    """Complete each prompt once; give a prompt n times for n samples.

    Yield a batch at a time as lists of (index of the prompt, completion), so that the caller can
    judge one batch while the next is being written. The same seed gives the same completions; with
    a seed for every prompt, a prompt's draws do not depend on the prompts beside it. ``stops``
    makes the stop strings of a batch of so many rows. ``end_id`` may name several ids that end
    a completion; the first closes rows that came to a stop string. ``begun`` are ids that each completion has
    to begin with, no end id among them; they count as written.
    """
    end_ids = (end_id,) if isinstance(end_id, int) else tuple(end_id)
    order = sorted(range(len(prompts)), key=lambda row: (len(prompts[row]), prompts[row], row))
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        batch = [prompts[row] for row in rows]
        draws: Draws
        if isinstance(seed, int):
            draws = BatchDraws(derive_seed(seed, first), len(rows), model.device)
        else:
            draws = RowDraws([seed[row] for row in rows], model.device)
        watch = stops(len(rows)) if stops else None
        prefixes = [() if begun is None else begun[row] for row in rows]
        completions = _complete(model, batch, prefixes, sampling, end_ids, draws, watch)
        yield list(zip(rows, completions, strict=True))


@torch.inference_mode()
def _complete(
    model: Any,
    prompts: Sequence[Sequence[int]],
    begun: Sequence[Sequence[int]],
    sampling: Sampling,
    end_ids: Sequence[int],
    draws: Draws,
    stops: Stops | None,
) -> list[GeneratedTokens]:
    state, logits = _start(model, prompts)
    device = logits.device
    prefix, in_prefix = pad(begun, side="right", device=device)  # (B, G)
    ends = torch.tensor(end_ids, device=device)  # (E,)
    written = ends.new_full((len(prompts), sampling.max_new_tokens), end_ids[0])  # (B, T)
    row_of = torch.arange(len(prompts), device=device)  # (live rows,) their place in `written`
    ended = torch.zeros(len(prompts), dtype=torch.bool, device=device)
    for position in range(sampling.max_new_tokens):
        ids = choose(logits, sampling, draws.next())
        if position < prefix.shape[1]:
            ids = torch.where(in_prefix[row_of, position].bool(), prefix[row_of, position], ids)
        ids = torch.where(ended, ends[0], ids)
        written[row_of, position] = ids
        ended = (ids.unsqueeze(1) == ends).any(dim=1)
        if stops is not None:
            reached = stops.reached(row_of.tolist(), ids.tolist())
            ended |= torch.tensor(reached, device=device)
        live = len(ended) - int(ended.sum())
        if live == 0 or position + 1 == sampling.max_new_tokens:
            break
        if live <= LIVE_SHARE_BEFORE_DROP * len(ended):
            running = (~ended).nonzero().squeeze(1)
            state.keep(running)
            draws.keep(running)
            ids, row_of, ended = ids[running], row_of[running], ended[running]
        logits = state.step(ids)
    return [_completion(row, frozenset(end_ids)) for row in written.tolist()]


def _completion(ids: list[int], end_ids: frozenset[int]) -> GeneratedTokens:
    end = next((position for position, i in enumerate(ids) if i in end_ids), None)
    if end is None:
        return GeneratedTokens(tuple(ids), truncated=True)
    return GeneratedTokens(tuple(ids[: end + 1]), truncated=False)


class _State(Protocol):
    """The caches of the rows in flight."""

    def step(self, ids: Tensor) -> Tensor:
        """Read one id per row (B,); return the logits of the next (B, V)."""
        ...

    def keep(self, rows: Tensor) -> None:
        """Keep these rows, in this order."""
        ...


def _start(model: Any, prompts: Sequence[Sequence[int]]) -> tuple[_State, Tensor]:
    """Read each different prompt once, then share its cache out to its rows."""
    different = list(dict.fromkeys(tuple(prompt) for prompt in prompts))
    row_of_prompt = {prompt: index for index, prompt in enumerate(different)}
    rows = torch.tensor([row_of_prompt[tuple(prompt)] for prompt in prompts], device=model.device)
    kind = _EncoderDecoder if model.config.is_encoder_decoder else _DecoderOnly
    state = kind(model, different)
    logits = state.logits
    if len(different) < len(prompts):
        state.keep(rows)
        logits = logits[rows]
    return state, logits


class _DecoderOnly:
    def __init__(self, model: Any, prompts: Sequence[Sequence[int]]) -> None:
        self._model = model
        ids, self._mask = pad(prompts, side="left", device=model.device)  # (B, P)
        self._cache: Any = None
        self.logits = self._forward(ids)

    def step(self, ids: Tensor) -> Tensor:
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(ids), 1)], dim=1)
        return self._forward(ids.unsqueeze(1))

    def keep(self, rows: Tensor) -> None:
        self._cache.batch_select_indices(rows)
        self._mask = self._mask[rows]

    def _forward(self, ids: Tensor) -> Tensor:
        output = self._model(
            input_ids=ids,
            attention_mask=self._mask,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
            **position_arguments(self._model, self._mask, last=ids.shape[1]),
        )
        self._cache = output.past_key_values
        logits: Tensor = output.logits[:, -1]
        return logits


class _EncoderDecoder:
    def __init__(self, model: Any, prompts: Sequence[Sequence[int]]) -> None:
        self._model = model
        ids, self._mask = pad(prompts, side="right", device=model.device)  # (B, P)
        self._memory = model.get_encoder()(
            input_ids=ids, attention_mask=self._mask
        ).last_hidden_state  # (B, P, D)
        self._cache: Any = None
        self.logits = self.step(ids.new_full((len(ids),), model.config.decoder_start_token_id))

    def step(self, ids: Tensor) -> Tensor:
        output = self._model(
            encoder_outputs=(self._memory,),
            attention_mask=self._mask,
            decoder_input_ids=ids.unsqueeze(1),
            past_key_values=self._cache,
            use_cache=True,
        )
        self._cache = output.past_key_values
        logits: Tensor = output.logits[:, -1]
        return logits

    def keep(self, rows: Tensor) -> None:
        self._cache.batch_select_indices(rows)
        self._memory, self._mask = self._memory[rows], self._mask[rows]
