"""Shapes of the checkpoints that rltf names, as their config.json gives them.

They tell what a run will need before a checkpoint is downloaded.
"""

from __future__ import annotations

from typing import Any


def _codegen(layers: int, heads: int, width: int, rotary: int) -> dict[str, Any]:
    return {
        "model_type": "codegen",
        "n_layer": layers,
        "n_head": heads,
        "n_embd": width,
        "rotary_dim": rotary,
        "n_positions": 2048,
        "vocab_size": 51_200,
        "tie_word_embeddings": False,
        "dtype": "float16",
    }


SHAPES: dict[str, dict[str, Any]] = {
    "Salesforce/codet5-large-ntp-py": {
        "model_type": "t5",
        "num_layers": 24,
        "num_heads": 16,
        "d_model": 1024,
        "d_kv": 64,
        "d_ff": 4096,
        "vocab_size": 32_100,
        "dtype": "float32",
    },
    "Salesforce/codegen-350M-mono": _codegen(20, 16, 1024, 32),
    "Salesforce/codegen-2B-mono": _codegen(32, 32, 2560, 64),
    "Salesforce/codegen-6B-mono": _codegen(33, 16, 4096, 64),
}
"""Id on the hub to what ``AutoConfig.for_model`` takes."""
