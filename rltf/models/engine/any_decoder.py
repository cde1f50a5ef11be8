"""Rows of any model that transformers can generate with, through the model's own forward pass.

Rows that have ended can only be dropped: the cache has one length for all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from rltf.models.padding import pad, position_arguments


class AnyDecoder:
    """See :class:`rltf.models.engine.Rows`. Reads each different prompt once."""

    refills = False

    def __init__(self, model: Any) -> None:
        self._model = model
        self._cache: Any = None
        self._mask = torch.zeros(0)
        """(B, L) which columns hold an id: of rows so far; of prompts, if there is an encoder."""
        self._memory: Tensor | None = None

    def start(self, prompts: Sequence[tuple[int, ...]], rows: Sequence[int]) -> Tensor:
        """See :class:`rltf.models.engine.Rows`; all rows must have ended."""
        different = list(dict.fromkeys(prompts))
        self._cache = None
        logits = self._encode(different) if self._has_encoder else self._read(different)
        if len(different) == len(prompts):
            return logits
        places = {prompt: place for place, prompt in enumerate(different)}
        sources = torch.tensor([places[prompt] for prompt in prompts], device=self._model.device)
        self.keep(sources)
        return logits[sources]

    def prepare(self) -> None:
        """See :class:`rltf.models.engine.Rows`."""

    def step(self, ids: Tensor, live: Tensor) -> Tensor:
        """See :class:`rltf.models.engine.Rows`."""
        if self._has_encoder:
            return self._decode(ids)
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(ids), 1)], dim=1)
        return self._forward(ids.unsqueeze(1))

    def keep(self, rows: Tensor) -> None:
        """See :class:`rltf.models.engine.Rows`."""
        self._cache.batch_select_indices(rows)
        self._mask = self._mask[rows]
        if self._memory is not None:
            self._memory = self._memory[rows]

    @property
    def _has_encoder(self) -> bool:
        return bool(self._model.config.is_encoder_decoder)

    def _read(self, prompts: Sequence[tuple[int, ...]]) -> Tensor:
        ids, self._mask = pad(prompts, side="left", device=self._model.device)  # (B, P)
        return self._forward(ids)

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
        return output.logits[:, -1].float()  # type: ignore[no-any-return]

    def _encode(self, prompts: Sequence[tuple[int, ...]]) -> Tensor:
        ids, self._mask = pad(prompts, side="right", device=self._model.device)  # (B, P)
        encoder = self._model.get_encoder()
        self._memory = encoder(input_ids=ids, attention_mask=self._mask).last_hidden_state
        return self._decode(ids.new_full((len(ids),), self._model.config.decoder_start_token_id))

    def _decode(self, ids: Tensor) -> Tensor:
        output = self._model(
            encoder_outputs=(self._memory,),
            attention_mask=self._mask,
            decoder_input_ids=ids.unsqueeze(1),
            past_key_values=self._cache,
            use_cache=True,
        )
        self._cache = output.past_key_values
        return output.logits[:, -1].float()  # type: ignore[no-any-return]
