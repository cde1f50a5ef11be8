"""Attention of training: what is computed stays the same."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from transformers import CodeGenConfig, CodeGenForCausalLM

from rltf import manager
from rltf.models.fused_attention import fuse_attention
from rltf.models.likelihood import token_log_probs

PROMPTS = [(5, 6, 7), (9, 8, 7, 6, 5, 4), (11,)]
TARGETS = [(20, 21, 22, 23), (40,), tuple(range(50, 90))]


def codegen() -> Any:
    torch.manual_seed(0)
    config = CodeGenConfig(
        vocab_size=97, n_positions=128, n_embd=64, n_layer=2, n_head=4, rotary_dim=8,
        initializer_range=0.3, bos_token_id=0, eos_token_id=0,
        attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0,
    )  # fmt: skip
    return CodeGenForCausalLM(config)


def likelihoods(model: Any) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Return log-probabilities, and their gradients by all weights."""
    log_probs, _ = token_log_probs(model, PROMPTS, TARGETS)
    return log_probs.detach(), list(torch.autograd.grad(log_probs.sum(), [*model.parameters()]))


def test_likelihoods_and_gradients_of_codegen_are_the_same() -> None:
    model = codegen()
    log_probs, gradients = likelihoods(model)
    fuse_attention(model)
    layer = model.transformer.h[0].attn
    assert layer._attn.func.__module__ == "rltf.models.fused_attention"
    fused, fused_gradients = likelihoods(copy.deepcopy(model))
    torch.testing.assert_close(fused, log_probs, atol=1e-4, rtol=1e-4)
    for ours, theirs in zip(fused_gradients, gradients, strict=True):
        assert (ours - theirs).norm() <= 1e-4 * max(1, theirs.norm())


@pytest.mark.parametrize("name", ["tiny", "tiny-t5"])
def test_no_layer_of_a_policy_makes_the_matrix_of_its_attention(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the number of calls of the fused operation: one for each attention of the model."""
    policy = manager.get("policy", name).load()
    calls: list[Any] = []
    fused = torch.nn.functional.scaled_dot_product_attention

    def counted(*args: Any, **kwargs: Any) -> torch.Tensor:
        calls.append(kwargs.get("attn_mask"))
        return fused(*args, **kwargs)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", counted)
    policy.log_probs(PROMPTS, TARGETS)
    config = policy.model.config
    layers = (
        config.num_layers + 2 * config.num_decoder_layers
        if config.is_encoder_decoder
        else config.num_hidden_layers
    )
    assert len(calls) == layers
