"""Bases for critics: random models of a few thousand weights, in the hub's format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from rltf import manager
from rltf.critic.model import Critic
from rltf.models.policy import Policy
from rltf.plugins.policies.tiny import train_tokenizer

WORDS = ["def f(x):\n    return x + 1\n", "print(input())\n", "Write f(x): add 1.\n"]


def model(family: str, words: int, end_id: int) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel, T5Config, T5ForConditionalGeneration

    if family == "gpt2":
        return GPT2LMHeadModel(
            GPT2Config(
                vocab_size=words, n_positions=96, n_embd=32, n_layer=2, n_head=2,
                bos_token_id=end_id, eos_token_id=end_id, initializer_range=0.1,
                resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
            )
        )  # fmt: skip
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=words, d_model=32, d_kv=16, d_ff=64, num_layers=2, num_decoder_layers=2,
            num_heads=2, dropout_rate=0.0, pad_token_id=end_id, eos_token_id=end_id,
            decoder_start_token_id=end_id,
        )
    )  # fmt: skip


@pytest.fixture(scope="session", params=["gpt2", "t5"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a policy: a decoder-only and an encoder-decoder model."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    torch.manual_seed(0)
    tokenizer = train_tokenizer(iter(WORDS))
    tokenizer.save_pretrained(folder)
    model(request.param, len(tokenizer), tokenizer.eos_token_id).save_pretrained(folder)
    return f"hf:{folder}"


@pytest.fixture
def critic(base: str) -> Critic:
    torch.manual_seed(1)
    policy: Policy = manager.get("policy", base)
    return Critic.on(policy.load())
