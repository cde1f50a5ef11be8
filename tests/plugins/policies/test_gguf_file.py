"""GGUF checkpoints: what is wrong is said in one line, with the remedy."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from rltf import manager
from rltf.models.policy import Policy, PolicyError
from rltf.plugins.policies.tiny import END, train_tokenizer


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RLTF_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def write_gguf(path: Path, model: Qwen2ForCausalLM, tokenizer: Any, kind: str) -> None:
    """Write a model as llama.cpp's converter does; ``kind`` is the type of its matrices."""
    config = model.config
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    vocabulary = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(sorted(vocabulary["vocab"], key=vocabulary["vocab"].get))
    writer.add_token_types([3] + [1] * (len(vocabulary["vocab"]) - 1))
    writer.add_token_merges([" ".join(pair) for pair in vocabulary["merges"]])
    writer.add_eos_token_id(0)
    writer.add_chat_template("{{ messages[0]['content'] }}")
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2, config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        values = tensor.float().numpy()
        quantized = gguf.GGMLQuantizationType[kind if values.ndim > 1 else "F32"]
        writer.add_tensor(
            names.get_name(name, (".weight", ".bias")),
            gguf.quantize(values, quantized),
            raw_dtype=quantized,
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize(
    ("kind", "stored"), [("F32", "float32"), ("F16", "float16"), ("Q8_0", "bfloat16")]
)
def test_a_file_is_converted_once_and_then_an_ordinary_checkpoint(
    kind: str, stored: str, tmp_path: Path, cache: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    tokenizer = train_tokenizer(iter(["def add(x, y):\n    return x + y\n"]))
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=128,
        )
    )
    path = tmp_path / "model.gguf"
    write_gguf(path, model, tokenizer, kind)
    policy: Policy = manager.get("policy", f"hf:{path}")
    assert policy.read_context_length() == 128
    assert str(policy.skeleton().dtype) == f"torch.{stored}"
    assert not cache.exists()  # neither has read the weights
    policy.load(dtype="float32")
    assert "|" not in capfd.readouterr().err  # no progress bar where nobody looks
    (folder,) = (cache / "converted").iterdir()
    assert json.loads((folder / "config.json").read_text())["dtype"] == stored
    assert policy.tokenizer("def add")["input_ids"] == tokenizer("def add")["input_ids"]
    assert policy.tokenizer.eos_token == END
    assert policy.prompt == "chat"
    close = {"F32": 0, "F16": 1e-3, "Q8_0": 2e-2}[kind]
    for name, weights in model.state_dict().items():
        torch.testing.assert_close(policy.model.state_dict()[name], weights, atol=close, rtol=close)

    made = (folder / "model.safetensors").stat().st_mtime_ns
    again: Policy = manager.get("policy", f"hf:{path}").load(dtype="float32")
    assert (folder / "model.safetensors").stat().st_mtime_ns == made
    again.save(tmp_path / "saved")  # a model that was quantized is saved like any other
    manager.get("policy", f"hf:{tmp_path / 'saved'}").load()

    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(PolicyError, match=r"cannot load .*model\.gguf: .*; is it whole\?"):
        manager.get("policy", f"hf:{path}").load()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    policy = manager.get("policy", f"hf:{tmp_path}/none.gguf")
    with pytest.raises(PolicyError, match=r"there is no file .*none\.gguf"):
        policy.read_context_length()
    with pytest.raises(PolicyError, match=r"there is no file .*none\.gguf"):
        policy.load()


def test_a_damaged_file_or_a_missing_package_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "damaged.gguf"
    path.write_bytes(b"not a model")
    can_read = all(importlib.util.find_spec(name) for name in ("gguf", "accelerate"))
    expected = f"cannot load {path}" if can_read else "pip install 'rltf\\[gguf\\]'"
    policy = manager.get("policy", f"hf:{path}")
    with pytest.raises(PolicyError, match=expected) as caught:
        policy.read_context_length()
    assert "\n" not in str(caught.value)
