"""Adapters in a decoder-only and an encoder-decoder model; weights below them in 32 and 16 bits."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rltf import manager
from rltf.models.adapter import Lora, load_trained_state, plain_state, trained_state
from rltf.models.loading import Dtype
from rltf.models.policy import Policy, PolicyError

LORA = Lora(r=4, alpha=8)
PROMPTS, TARGETS = [(5, 6, 7), (9, 8)], [(20, 21, 22), (40, 0)]


def load(name: str, dtype: Dtype = "float32", lora: Lora | None = LORA) -> Policy:
    torch.manual_seed(0)
    policy: Policy = manager.get("policy", name)
    return policy.load(dtype=dtype, lora=lora)


def teach(policy: Policy) -> None:
    trained = [each for each in policy.model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-2)
    for _ in range(4):
        torch.autograd.backward(-policy.log_probs(PROMPTS, TARGETS)[0].sum())
        optimizer.step()
        optimizer.zero_grad()


def read(policy: Policy) -> torch.Tensor:
    with torch.no_grad():
        return policy.log_probs(PROMPTS, TARGETS)[0]


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("tiny", "bfloat16"),
        ("tiny", "float32"),
        ("tiny-t5", "float32"),
        ("tiny-t5", "bfloat16"),
    ],
)
def test_adapters_are_all_that_is_trained_and_saved_as_part_of_the_model(
    name: str, dtype: Dtype, tmp_path: Path
) -> None:
    policy = load(name, dtype)
    before, below = read(policy), plain_state(policy.model)
    assert torch.equal(before, read(load(name, dtype, None))) or dtype == "bfloat16"
    teach(policy)
    after = read(policy)
    assert not torch.allclose(before, after, atol=1e-2)
    state = trained_state(policy.model)
    assert state
    assert all(".lora_" in key and each.dtype == torch.float32 for key, each in state.items())
    assert sum(map(torch.numel, state.values())) < sum(map(torch.numel, below.values())) / 4

    other = load(name, dtype)
    load_trained_state(other.model, state)
    assert torch.equal(read(other), after)

    policy.save(tmp_path)
    saved = manager.get("policy", f"hf:{tmp_path}").load(dtype=dtype, trained=False)
    close = 1e-4 if dtype == "float32" else 0.3
    torch.testing.assert_close(read(saved), after, atol=close, rtol=close)
    assert saved.model.state_dict().keys() == below.keys()
    adapter = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert len(adapter) == len(state)
    assert (tmp_path / "adapter" / "adapter_config.json").is_file()


def test_only_named_layers_get_an_adapter() -> None:
    policy = load("tiny", lora=dataclasses.replace(LORA, targets="qkv_proj, fc_in"))
    layers = {key.split(".lora_")[0].rpartition(".")[2] for key in trained_state(policy.model)}
    assert layers == {"qkv_proj", "fc_in"}


@pytest.mark.parametrize("targets", ["q_proj", "qkv_proj,nothing", ","])
def test_layers_that_are_not_there_are_named_with_those_that_are(targets: str) -> None:
    with pytest.raises(PolicyError, match=r"no layer '.*it has fc_in, fc_out, .*qkv_proj"):
        load("tiny", lora=dataclasses.replace(LORA, targets=targets))


def test_saved_weights_of_another_model_are_refused_in_one_line() -> None:
    saved = trained_state(torch.nn.Linear(3, 2))
    with pytest.raises(
        PolicyError, match=r"not those of this Linear: .* \(size mismatch for weight"
    ):
        load_trained_state(torch.nn.Linear(4, 2), saved)
