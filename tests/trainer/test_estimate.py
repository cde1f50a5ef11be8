from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig

from rltf import manager
from rltf.models.likelihood import token_log_probs
from rltf.models.loading import load_policy
from rltf.models.policy import Policy
from rltf.trainer.config import Config
from rltf.trainer.config_reading import resolve
from rltf.trainer.estimate import Estimate, estimate
from rltf.trainer.optimizer import make_optimizer


def of(name: str, *, has_reference: bool = False, **chosen: Any) -> tuple[Estimate, Policy, Config]:
    policy: Policy = manager.get("policy", name)
    config = resolve(policy.training_defaults, chosen)
    found = estimate(config, policy, policy.skeleton(), has_reference=has_reference)
    assert found is not None
    return found, policy, config


@pytest.mark.parametrize("name", ["tiny", "tiny-t5"])
@pytest.mark.parametrize(
    "chosen",
    [
        {"optimizer": "adamw"},
        {"lora_r": 4, "dtype": "bfloat16"},
        {"optimizer": "adamw8bit"},
        {"optimizer": "adafactor"},
    ],
)
def test_what_is_exact_is_what_the_loaded_model_takes(name: str, chosen: dict[str, Any]) -> None:
    found, policy, config = of(name, **chosen)
    load_policy(
        policy,
        config.seed,
        dtype=config.dtype,
        lora=config.lora,
        gradient_checkpointing=config.gradient_checkpointing,
    )
    everything = [*policy.model.parameters()]
    trained = [each for each in everything if each.requires_grad]
    assert found.trained_parameters == sum(each.numel() for each in trained)
    assert found.memory_bytes["weights"] == sum(each.nbytes for each in everything)
    assert found.memory_bytes["gradients"] == sum(each.nbytes for each in trained)
    assert found.dtype == str(policy.dtype).removeprefix("torch.")
    optimizer = make_optimizer(config.optimizer, trained, learning_rate=1.0, weight_decay=0.0)
    for each in trained:
        each.grad = torch.ones_like(each)
    optimizer.step()
    state = [part for kept in optimizer.state.values() for part in kept.values()]
    size = sum(part.nbytes for part in state if isinstance(part, torch.Tensor) and part.ndim)
    assert found.memory_bytes["optimizer"] == pytest.approx(size, rel=0.15)


def test_the_key_value_cache_is_as_large_as_the_model_makes_it() -> None:
    found, policy, config = of("tiny")
    policy.load()
    prompt = torch.ones(1, 12, dtype=torch.long)
    cache = policy.model(input_ids=prompt, use_cache=True).past_key_values
    made = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers) / 12
    tokens = config.generation_batch_size * (config.max_prompt_tokens + config.max_new_tokens)
    assert found.memory_bytes["key_value_cache"] == made * tokens


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["tiny", "tiny-t5"])
def test_activations_are_about_what_the_backward_pass_keeps(name: str, dtype: Any) -> None:
    batch, prompt_tokens, new_tokens = 4, 48, 16
    found, policy, config = of(
        name,
        dtype=dtype,
        micro_batch_size=batch,
        max_prompt_tokens=prompt_tokens,
        max_new_tokens=new_tokens,
    )
    load_policy(policy, config.seed, dtype=config.dtype)
    policy.model.train()
    weights = {each.untyped_storage().data_ptr() for each in policy.model.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)
    with hooks, policy.autocast():
        token_log_probs(policy.model, [[5] * prompt_tokens] * batch, [[6] * new_tokens] * batch)
    size = sum(storage.nbytes() for storage in kept.values())
    copies = found.memory_bytes.get("generation_weights", 0)  # autocast's, about as large
    estimated = found.memory_bytes["activations"] + found.memory_bytes["logits"]
    assert 0.8 * (size - copies) < estimated < 2.5 * size


def test_options_that_save_memory_show_it() -> None:
    plain = of("tiny")[0].memory_bytes
    assert "generation_weights" not in plain
    assert "reference_policy" not in plain
    assert (
        of("tiny", dtype="bfloat16")[0].memory_bytes["generation_weights"] == plain["weights"] / 2
    )
    assert of("tiny", has_reference=True)[0].memory_bytes["reference_policy"] == plain["weights"]
    fewer = of("tiny", gradient_checkpointing=True)[0].memory_bytes["activations"]
    assert fewer < plain["activations"] / 2
    assert of("tiny", batch_size=1)[0].tokens_per_step == (1 + 32) * (96 + 96)


def test_micro_batches_on_a_cpu_take_no_more_than_they_may(tmp_path: Path) -> None:
    LlamaConfig(
        vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30
    ).save_pretrained(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text("{}")
    shape = {"max_prompt_tokens": 600, "max_new_tokens": 160}
    one, four, many = (
        of(f"hf:{tmp_path}", micro_batch_size=size, **shape)[0].memory_bytes["activations"]
        for size in (1, 4, 64)
    )
    assert one < four < 2 * one
    assert four == many
