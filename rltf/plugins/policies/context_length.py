"""The context length of a checkpoint, as its configuration states it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEYS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len")
"""Names of the context length in the configurations of model families."""


def context_length(config: Mapping[str, Any]) -> int | None:
    """Return the most tokens that prompt and program may have; ``None``: no fixed limit."""
    if config.get("is_encoder_decoder"):
        return None
    lengths = [config[key] for key in KEYS if config.get(key) is not None]
    return int(lengths[0]) if lengths else None
