"""A checkpoint of a small Llama with the tokenizer of ``tiny``."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from rltf.plugins.policies import tiny


def write_checkpoint(folder: Path, *, tied: bool = True) -> Path:
    """Write a model whose samples are neither all alike nor noise alone; return the folder."""
    tokenizer = tiny.train_tokenizer(tiny.mini_texts())
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=256,
            eos_token_id=tokenizer.eos_token_id,
            tie_word_embeddings=tied,
        )
    )
    for _name, parameter in model.named_parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
