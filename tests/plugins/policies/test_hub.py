"""Checkpoints as the hub has them, written by transformers: no file here is made by rltf."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    CodeGenConfig,
    CodeGenForCausalLM,
    CodeGenTokenizer,
    RobertaTokenizer,
    T5Config,
    T5ForConditionalGeneration,
)

from rltf import Problem, TestCase, manager
from rltf.manager import PluginError
from rltf.models.policy import Policy, PolicyError
from rltf.plugins.policies import hub
from rltf.sampling_options import Sampling

PROBLEM = Problem("t", "Add one to x.", tests=[TestCase.call([1], 2)], entry_point="f")
PROGRAM = "def f(x):\n    return x + 1 if x != 'é' else 0\n"


def write_vocabulary(folder: Path, special: list[str]) -> None:
    """``vocab.json`` and ``merges.txt``, as the hub has them for CodeGen and CodeT5."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([PROGRAM] * 2, trainer)
    tokenizer.model.save(str(folder))


@pytest.fixture(params=["safetensors", "bin"])
def codegen(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    torch.manual_seed(0)
    # More rows than tokens, half precision, and the weights' older file name: as on the hub.
    config = CodeGenConfig(
        vocab_size=320, n_positions=256, n_ctx=256, n_embd=32, n_layer=2, n_head=4, rotary_dim=8
    )
    model = CodeGenForCausalLM(config).half()
    model.save_pretrained(tmp_path)
    if request.param == "bin":
        (tmp_path / "model.safetensors").unlink()
        torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    write_vocabulary(tmp_path, ["<|endoftext|>"])
    settings = {"tokenizer_class": "CodeGenTokenizer", "eos_token": "<|endoftext|>"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    return tmp_path


@pytest.fixture
def codet5(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=320, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, eos_token_id=2
    )
    config.decoder_start_token_id = 0
    T5ForConditionalGeneration(config).save_pretrained(tmp_path)
    write_vocabulary(tmp_path, ["<pad>", "<s>", "</s>", "<unk>", "<mask>"])
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 512}))
    return tmp_path


def load(folder: Path) -> Policy:
    policy: Policy = manager.get("policy", f"hf:{folder}")
    return policy.load()


def test_a_codegen_checkpoint_loads_with_its_own_weights_and_tokenizer(codegen: Path) -> None:
    policy = load(codegen)
    assert isinstance(policy.model, CodeGenForCausalLM)
    assert isinstance(policy.tokenizer, CodeGenTokenizer)
    assert policy.model.dtype == torch.float32
    expected = CodeGenForCausalLM.from_pretrained(codegen, dtype="float32").state_dict()
    for name, weights in policy.model.state_dict().items():
        assert torch.equal(weights, expected[name]), name


def test_a_codet5_checkpoint_loads_with_robertas_tokenizer(codet5: Path) -> None:
    policy = load(codet5)
    assert isinstance(policy.model, T5ForConditionalGeneration)
    assert isinstance(policy.tokenizer, RobertaTokenizer)
    target = policy.encode_target(PROGRAM, 200)
    assert (target[0], target[-1]) == (1, 2), "<s> … </s>, as CodeT5 was trained"


def test_codegens_ids_spell_the_program(codegen: Path) -> None:
    assert spelled(load(codegen)) == PROGRAM


def test_codet5s_ids_spell_the_program(codet5: Path) -> None:
    assert spelled(load(codet5)) == PROGRAM


def spelled(policy: Policy) -> str:
    ids = policy.encode_target(PROGRAM, 200)
    return b"".join(policy.token_table[i] for i in ids).decode()


def test_a_checkpoint_writes_samples(codet5: Path) -> None:
    policy = load(codet5)
    prompt = policy.encode_prompt(PROBLEM, 200)
    batches = policy.generate([prompt, prompt], Sampling(max_new_tokens=5), seed=0, batch_size=4)
    for row, completion in (pair for batch in batches for pair in batch):
        sample = policy.sample(PROBLEM, prompt, completion, index=row, policy_step=0)
        assert sample.token_ids == completion.ids
        text = b"".join(policy.token_table[i] for i in completion.ids)
        assert sample.program == text.decode("utf-8", "replace")


def test_the_prompt_is_the_papers(codet5: Path) -> None:
    policy = load(codet5)
    text = policy.tokenizer.decode(
        policy.encode_prompt(PROBLEM, 200),
        skip_special_tokens=True,
        clean_up_tokenization_spaces=False,
    )
    assert text == "\nQUESTION:\nAdd one to x.\nUse Call-Based format\nANSWER:\n"


def test_a_long_question_is_cut_and_the_rest_of_the_prompt_stays(codet5: Path) -> None:
    policy = load(codet5)
    problem = Problem("t", "word " * 400, tests=PROBLEM.tests, starter_code="def f(x):")
    ids = policy.encode_prompt(problem, 120)
    text = policy.tokenizer.decode(ids, skip_special_tokens=True)
    assert 100 < len(ids) <= 120
    assert text.startswith("\nQUESTION:\nword word")
    assert text.endswith("\ndef f(x):\nUse Call-Based format\nANSWER:\n")
    with pytest.raises(PolicyError, match=r"problem t: its prompt .*max_prompt_tokens=10"):
        policy.encode_prompt(problem, 10)


def test_a_trained_policy_is_saved_as_the_hub_has_it(codet5: Path, tmp_path: Path) -> None:
    policy = load(codet5)
    with torch.no_grad():
        policy.model.lm_head.weight.add_(1.0)
    saved = tmp_path / "saved"
    policy.save(saved)
    assert {"config.json", "model.safetensors", "tokenizer_config.json"} <= {
        file.name for file in saved.iterdir()
    }
    again = load(saved)
    assert torch.equal(again.model.lm_head.weight, policy.model.lm_head.weight)
    assert again.encode_target(PROGRAM, 200) == policy.encode_target(PROGRAM, 200)
    assert again.token_table == policy.token_table


def test_a_trained_policy_keeps_its_prompt_format(tmp_path: Path) -> None:
    policy: Policy = manager.get("policy", "tiny-t5").load()
    policy.save(tmp_path)
    again = load(tmp_path)
    assert again.prompt == policy.prompt == "plain"
    assert again.encode_prompt(PROBLEM, 200) == policy.encode_prompt(PROBLEM, 200)


@pytest.fixture
def no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a hub that nobody answers at."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    return tmp_path / "cache"


@pytest.mark.parametrize("name", ["codet5", "codegen350m", "codegen2.7b", "codegen6b", "hf:a/b"])
def test_without_network_and_copy_one_line_says_what_to_do(name: str, no_hub: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        manager.get("policy", name).load()
    message = str(caught.value)
    assert "\n" not in message
    assert name in message
    assert str(no_hub) in message
    assert "--policy hf:/path/to/dir" in message


def _without(name: str) -> Any:
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_without("config.json"), "lacks config.json"),
        (_without("model.safetensors"), "lacks weights"),
        (_without("vocab.json"), "lacks a tokenizer"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"no"), "cannot load"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot load"),
    ],
)
def test_a_damaged_checkpoint_is_named_in_one_line(damage: Any, words: str, codet5: Path) -> None:
    damage(codet5)
    with pytest.raises(PolicyError, match=words) as caught:
        load(codet5)
    assert str(codet5) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_weights_of_another_model_are_refused(codet5: Path) -> None:
    config = json.loads((codet5 / "config.json").read_text())
    (codet5 / "config.json").write_text(json.dumps(config | {"num_layers": 3}))
    with pytest.raises(PolicyError, match=r"lack .* they belong to another model"):
        load(codet5)


def test_a_source_that_is_neither_folder_nor_id_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="neither a folder here nor a model id"):
        load(tmp_path / "nothing" / "here")
    with pytest.raises(PolicyError, match="say which checkpoint"):
        manager.get("policy", "hf")
    with pytest.raises(PluginError, match="did you mean codegen"):
        manager.get("policy", "codegen2b")


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("codet5", 737_639_424),
        ("codegen350m", 356_712_448),
        ("codegen2.7b", 2_779_356_160),
        ("codegen6b", 7_064_213_504),
    ],
)
def test_the_size_of_a_named_checkpoint_is_known_before_it_is_here(
    name: str, parameters: int, caplog: pytest.LogCaptureFixture
) -> None:
    source = hub.CHECKPOINTS[name]
    assert manager.get("policy", name).skeleton().num_parameters() == parameters
    if hub._local(name, source) is None:
        assert f"its size is that of its published shape; hf download {source}" in caplog.text


@pytest.mark.parametrize("stored", [torch.bfloat16, torch.float16, torch.float32])
def test_a_sharded_checkpoint_loads_in_any_precision(codet5: Path, stored: torch.dtype) -> None:
    whole = T5ForConditionalGeneration.from_pretrained(codet5).to(stored)
    (codet5 / "model.safetensors").unlink()
    whole.save_pretrained(codet5, max_shard_size="40KB")
    assert len([*codet5.glob("model-*.safetensors")]) > 1
    for dtype, kept in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        policy: Policy = manager.get("policy", f"hf:{codet5}").load(dtype=dtype, trained=False)
        for name, tensor in whole.state_dict().items():
            assert torch.equal(policy.model.state_dict()[name], tensor.to(kept))
    assert policy.skeleton().dtype == stored
    next(codet5.glob("model-00002-*")).unlink()
    with pytest.raises(PolicyError, match=r"cannot load .*model-00002-of-"):
        manager.get("policy", f"hf:{codet5}").load()
