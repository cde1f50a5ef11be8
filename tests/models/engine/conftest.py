"""Models of a few thousand random weights, of every family that the engine computes itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

VOCABULARY = 97
_ENDS = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
_LLAMA = _ENDS | {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 128,
    "initializer_range": 0.3,
}
_GPT = _ENDS | {
    "vocab_size": VOCABULARY,
    "n_positions": 128,
    "n_embd": 64,
    "n_layer": 2,
    "n_head": 4,
    "initializer_range": 0.3,
}
_T5 = _ENDS | {
    "vocab_size": VOCABULARY,
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 48,
    "num_layers": 2,
    "num_heads": 4,
    "initializer_factor": 1.5,
    "decoder_start_token_id": 0,
    "relative_attention_max_distance": 20,
}


def _made(name: str, config: str, **settings: Any) -> Callable[[], Any]:
    def make() -> Any:
        import transformers

        torch.manual_seed(0)
        return getattr(transformers, name)(getattr(transformers, config)(**settings)).eval()

    return make


FAMILIES: dict[str, Callable[[], Any]] = {
    "llama": _made("LlamaForCausalLM", "LlamaConfig", **_LLAMA, num_key_value_heads=2),
    "llama3-rope": _made(
        "LlamaForCausalLM",
        "LlamaConfig",
        **_LLAMA,
        rope_parameters={
            "rope_type": "llama3",
            "rope_theta": 10_000.0,
            "factor": 4.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 16,
        },
    ),
    "qwen2": _made(
        "Qwen2ForCausalLM",
        "Qwen2Config",
        **_LLAMA,
        num_key_value_heads=1,
        tie_word_embeddings=True,
    ),
    "qwen3": _made("Qwen3ForCausalLM", "Qwen3Config", **_LLAMA, num_key_value_heads=2, head_dim=16),
    "codegen": _made("CodeGenForCausalLM", "CodeGenConfig", **_GPT, rotary_dim=8),
    "gpt2": _made("GPT2LMHeadModel", "GPT2Config", **_GPT),
    "t5": _made("T5ForConditionalGeneration", "T5Config", **_T5),
    "t5-gated": _made(
        "T5ForConditionalGeneration",
        "T5Config",
        **_T5,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
    ),
}


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest) -> Any:
    """One model of each family; biases and norms are random too, where new ones are all alike."""
    made = FAMILIES[request.param]()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in made.parameters():
            if weight.dim() == 1:
                weight += 0.3 * torch.randn(weight.shape, generator=generator)
    return made
