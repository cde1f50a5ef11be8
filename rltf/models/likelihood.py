"""Log-probabilities of given ids under the model that is being trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from rltf.models.padding import pad, position_arguments


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
    score = _encoder_decoder_logits if model.config.is_encoder_decoder else _decoder_only_logits
    logits = score(model, prompts, target_ids, target_mask)  # (B, T, V)
    log_probs = -F.cross_entropy(logits.float().transpose(1, 2), target_ids, reduction="none")
    present = target_mask.bool()
    return log_probs.masked_fill(~present, 0.0), present


def _decoder_only_logits(
    model: Any, prompts: Sequence[Sequence[int]], target_ids: Tensor, target_mask: Tensor
) -> Tensor:
    # Prompts end and targets begin in one column, so that the logits of the targets are the last
    # T + 1 columns of every row: a large vocabulary is never projected for prompt positions.
    prompt_ids, prompt_mask = pad(prompts, side="left", device=target_ids.device)
    mask = torch.cat([prompt_mask, target_mask], dim=1)  # (B, P + T)
    logits: Tensor = model(
        input_ids=torch.cat([prompt_ids, target_ids], dim=1),
        attention_mask=mask,
        use_cache=False,
        logits_to_keep=target_ids.shape[1] + 1,
        **position_arguments(model, mask, last=mask.shape[1]),
    ).logits
    return logits[:, :-1]


def _encoder_decoder_logits(
    model: Any, prompts: Sequence[Sequence[int]], target_ids: Tensor, target_mask: Tensor
) -> Tensor:
    prompt_ids, prompt_mask = pad(prompts, side="right", device=target_ids.device)
    start = target_ids.new_full((len(target_ids), 1), model.config.decoder_start_token_id)
    logits: Tensor = model(
        input_ids=prompt_ids,
        attention_mask=prompt_mask,
        # Padding stands behind a causal mask, where no token of the row can see it.
        decoder_input_ids=torch.cat([start, target_ids[:, :-1]], dim=1),
        use_cache=False,
    ).logits
    return logits
