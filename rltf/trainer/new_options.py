"""Options that older runs do not have."""

from __future__ import annotations

from typing import Any

NEW_OPTIONS: dict[str, Any] = {
    "executor": "sandbox",
    "dtype": "auto",
    "gradient_checkpointing": False,
    "lora_alpha": None,
    "lora_dropout": 0.0,
    "lora_r": None,
    "lora_targets": "all-linear",
    "optimizer": "adamw",
    "prompt": None,
    "system": "",
    "train_on_guarded": False,
    "samples": None,
    "buffer_start": 1.0,
    "extra_rounds": 0,
    "held_out_split": None,
    "evaluate_every": 0,
    "eval_samples": 0,
    "eval_k": "1",
    "tracker": None,
    "engine": "rltf",
    "engine_memory": 0.3,
    "audit": None,
}
"""Options that older runs do not have, with the values that those runs used."""
