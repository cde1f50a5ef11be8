"""A policy as a writer: text in, text out, each completion drawn by its own seed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from rltf import manager
from rltf.cli import main
from rltf.manager import PluginWarning
from rltf.models.policy import Policy, PolicyError, load_policy
from rltf.models.policy_writer import ModelWriter, model_digest
from rltf.models.writer import Completion, Request
from rltf.plugins.policies.tiny import train_tokenizer
from rltf.sampling_options import Sampling

WORDS = ["def f(x):\n    return x + 1\n", "print(input())\n", "Write f(x): add 1.\n"]
SAMPLING = Sampling(temperature=1.0, top_p=0.95, max_new_tokens=12)


def decoder(family: str, words: int, end_id: int) -> Any:
    """A random decoder of a family, of a few thousand weights."""
    from transformers import GPT2Config, GPT2LMHeadModel, GPTNeoConfig, GPTNeoForCausalLM

    if family == "gpt2":
        return GPT2LMHeadModel(
            GPT2Config(
                vocab_size=words, n_positions=48, n_embd=16, n_layer=2, n_head=2,
                bos_token_id=end_id, eos_token_id=end_id, initializer_range=0.3,
            )
        )  # fmt: skip
    return GPTNeoForCausalLM(
        GPTNeoConfig(
            vocab_size=words, max_position_embeddings=48, hidden_size=16, num_layers=2,
            num_heads=2, attention_types=[[["global", "local"], 1]], window_size=8,
            bos_token_id=end_id, eos_token_id=end_id, initializer_range=0.3,
        )
    )  # fmt: skip


@pytest.fixture(scope="module", params=["gpt2", "gpt_neo"])
def policy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """A checkpoint in the hub's format, loaded as ``hf:DIR``."""
    folder = tmp_path_factory.mktemp(request.param)
    torch.manual_seed(0)
    tokenizer = train_tokenizer(iter(WORDS))
    tokenizer.save_pretrained(folder)
    decoder(request.param, len(tokenizer), tokenizer.eos_token_id).save_pretrained(folder)
    made: Policy = manager.get("policy", f"hf:{folder}")
    load_policy(made, 0)
    return made


def requests(count: int) -> list[Request]:
    return [Request(WORDS[seed % 3], seed) for seed in range(count)]


def written(
    policy: Policy,
    wanted: Sequence[Request],
    sampling: Sampling = SAMPLING,
    stops: Sequence[str] = (),
    batch_size: int = 64,
) -> list[Completion]:
    batches: Iterator[list[tuple[int, Completion]]] = ModelWriter(policy, batch_size).write(
        wanted, sampling, stops
    )
    completions = dict(pair for batch in batches for pair in batch)
    return [completions[index] for index in range(len(wanted))]


def test_a_completion_depends_on_its_own_request_alone(policy: Policy) -> None:
    together = written(policy, requests(9))
    assert len({completion.text for completion in together}) > 6
    assert together == written(policy, requests(9), batch_size=2)
    assert together == [written(policy, [request])[0] for request in requests(9)]


def test_greedy_completions_are_what_transformers_writes(policy: Policy) -> None:
    greedy = Sampling(temperature=0.0, top_p=1.0, max_new_tokens=12)
    for request, completion in zip(requests(3), written(policy, requests(3), greedy), strict=True):
        ids = policy.tokenizer(request.prompt, return_tensors="pt")
        end = policy.end_id
        whole = policy.model.generate(**ids, max_new_tokens=12, do_sample=False, pad_token_id=end)
        new = whole[0, ids["input_ids"].shape[1] :].tolist()
        assert completion.text == policy.text(new)
        assert completion.truncated == (end not in new)


def test_a_completion_ends_before_the_first_stop(policy: Policy) -> None:
    whole = written(policy, requests(9))
    stop = whole[0].text[3:6]
    for full, stopped in zip(whole, written(policy, requests(9), stops=[stop]), strict=True):
        assert stopped.text == full.text.partition(stop)[0]
        assert stopped.truncated == (full.truncated and stop not in full.text)


def test_a_long_prompt_loses_its_beginning_and_this_is_said_once(policy: Policy) -> None:
    long = [Request("print(input())\n" * 40 + WORDS[2], seed) for seed in range(2)]
    with pytest.warns(PluginWarning, match="reads 48 tokens at most") as warned:
        completions = written(policy, long)
    assert len(warned) == 1
    assert len(completions) == 2


def test_no_room_for_a_prompt_is_an_error(policy: Policy) -> None:
    with pytest.raises(PolicyError, match="leaves no room for a prompt"):
        written(policy, requests(1), Sampling(1.0, 1.0, max_new_tokens=48))


def test_room_is_what_the_prompts_leave_and_never_less_than_a_third(policy: Policy) -> None:
    writer = ModelWriter(policy, 4)
    length = len(policy.tokenizer(WORDS[0])["input_ids"])
    assert writer.room(WORDS[:1], 512) == 48 - length
    assert writer.room(WORDS[:1], 5) == 5
    assert writer.room(["x" * 1000], 512) == 16


def test_the_command_line_runs_it(policy: Policy, tmp_path: Path) -> None:
    problem = {"task_id": "one", "prompt": WORDS[2], "tests": [{"input": "", "output": "1\n"}]}
    (tmp_path / "problems.jsonl").write_text(json.dumps(problem))
    data = ["file", "--data", str(tmp_path / "problems.jsonl")]
    options = ["--policy", policy.name, "--n", "3", "--k", "1", "--prompt", "plain"]
    result = CliRunner().invoke(
        main, ["bench", *data, *options, "--out", str(tmp_path / "out"), "--json"]
    )
    assert result.exit_code == 0, result.stderr
    results = json.loads(result.stdout)
    assert sum(results["statuses"].values()) == 3
    length = len(policy.tokenizer(WORDS[2] + "\n")["input_ids"])
    assert results["sampling"]["max_new_tokens"] == 48 - length


def test_the_digest_is_of_the_weights(policy: Policy, tmp_path: Path) -> None:
    policy.save(tmp_path)
    copy: Policy = manager.get("policy", f"hf:{tmp_path}")
    load_policy(copy, 1)
    assert model_digest(copy) == model_digest(policy)
    with torch.no_grad():
        next(copy.model.parameters())[0, 0] += 1e-6
    assert model_digest(copy) != model_digest(policy)
