"""rltf.adapters.trl in the real TRL: its trainer calls the rewards, and the model learns from them."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from functools import partial, update_wrapper
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from rltf import manager
from rltf.adapters import rows, trl
from rltf.common.cache_folder import models_folder
from rltf.errors import ConfigError

from .tiny_model import BROKEN, HEAD, PIECES, RIGHT, TESTS, WHOLE, model_folder

# TRL takes seconds to import: one worker of xdist does, when it runs these tests
if TYPE_CHECKING:
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

pytestmark = pytest.mark.skipif(find_spec("trl") is None, reason="trl is not installed")

SAMPLES = 16
COLUMNS = {"tests": TESTS, "entry_point": "f"}


def grpo_trainer(**options: Any) -> GRPOTrainer:
    from trl import GRPOTrainer

    return GRPOTrainer(**options)


def token_trainer(**options: Any) -> tuple[GRPOTrainer, list[dict[str, Any]]]:
    """A trainer with rewards per token, and what its loss will get."""
    from trl import GRPOTrainer

    seen: list[dict[str, Any]] = []

    class TokenTrainer(trl.TokenRewards, GRPOTrainer):
        def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> Any:
            seen.append(inputs)
            return super()._compute_loss(model, inputs)

    return TokenTrainer(**options), seen


def data_set(rows: list[dict[str, Any]]) -> Dataset:
    from datasets import Dataset

    return Dataset.from_list(rows)


def config(folder: Path, **options: Any) -> GRPOConfig:
    from trl import GRPOConfig

    defaults = {
        "output_dir": str(folder / "out"),
        "per_device_train_batch_size": SAMPLES,
        "num_generations": SAMPLES,
        "max_completion_length": 2,
        "learning_rate": 0.05,
        "lr_scheduler_type": "constant",
        "logging_steps": 1,
        "report_to": [],
        "save_strategy": "no",
        "use_cpu": True,
        "bf16": False,
        "seed": 0,
    }
    return GRPOConfig(**{**defaults, **options})


def chance(model: Any, prompt: str, completion: str) -> float:
    """How likely the model is to begin with a completion."""
    with torch.no_grad():
        logits = model(torch.tensor([[PIECES.index(prompt)]])).logits[0, -1]
    return float(logits.softmax(-1)[PIECES.index(completion)])


@pytest.mark.parametrize(
    ("prompt", "right", "wrong"),
    [
        pytest.param(HEAD, RIGHT, BROKEN, id="plain"),
        pytest.param([{"role": "user", "content": HEAD}], *WHOLE, id="conversational"),
    ],
)
def test_a_model_learns_to_write_the_right_program(
    prompt: Any, right: str, wrong: str, tmp_path: Path
) -> None:
    folder = model_folder(tmp_path)
    torch.manual_seed(0)
    trainer = grpo_trainer(
        model=str(folder),
        reward_funcs=[trl.coarse, trl.reward_function("adaptive", workers=2)],
        args=config(tmp_path, max_steps=5),
        train_dataset=data_set([{"prompt": prompt, **COLUMNS}] * 8),
    )
    trainer.train()
    before = AutoModelForCausalLM.from_pretrained(folder)
    assert chance(trainer.model, HEAD, right) > chance(before, HEAD, right)
    assert chance(trainer.model, HEAD, wrong) < chance(before, HEAD, wrong)
    log = trainer.state.log_history[0]
    assert log["rewards/coarse/mean"] < 1.0
    assert 0 < log["rltf/coarse/passed"] <= log["rltf/coarse/pass_ratio"] < 1
    assert log["rltf/coarse/unscored"] == 0
    extra = trainer._logs["extra"]
    rewards = trainer._logs["rewards"]["coarse"]
    assert {status for status, reward in zip(extra["coarse/status"], rewards, strict=True) if reward == 1} == {"passed"}  # fmt: skip
    assert all(len(extra[name]) == len(rewards) for name in ("coarse/tests", "coarse/error"))


def test_token_rewards_fall_on_the_tokens_of_the_line_at_fault(tmp_path: Path) -> None:
    folder = model_folder(tmp_path)
    torch.manual_seed(0)
    start, broken, right, end = map(PIECES.index, (HEAD, BROKEN, RIGHT, "<eos>"))
    others = {*range(len(PIECES))} - {start, broken, right, end}
    written = {"suppress_tokens": [*others], "begin_suppress_tokens": [broken, right, end]}
    trainer, seen = token_trainer(
        model=str(folder),
        reward_funcs=trl.coarse,
        args=config(tmp_path, max_steps=1, max_completion_length=3, generation_kwargs=written),
        train_dataset=data_set([{"prompt": HEAD, **COLUMNS}] * 8),
    )
    trainer.train()
    (inputs,) = seen
    ids, advantages, mask = (
        inputs[key] for key in ("completion_ids", "advantages", "completion_mask")
    )
    assert advantages.shape == ids.shape
    rows = ids.tolist()
    assert [start, broken, end] in rows
    assert [start, right, broken] in rows
    scalar, *_ = advantages[rows.index([start, broken, end])].tolist()
    assert scalar < 0
    # the only line at fault is one of three tokens, so alpha = T / (E - S) is 3
    for row, present, values in zip(rows, mask.tolist(), advantages.tolist(), strict=True):
        if row == [start, broken, end]:
            assert present == [1, 1, 1]
            assert values == pytest.approx([scalar, scalar - 0.3 * 3, scalar])
        elif row == [start, right, broken]:
            assert values[0] > 0
            assert len(set(values)) == 1


def test_a_reward_cannot_count_twice(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'fine' is one of reward_funcs and of token_rewards"):
        token_trainer(
            model=str(model_folder(tmp_path)),
            reward_funcs=[trl.fine],
            args=config(tmp_path),
            train_dataset=data_set([{"prompt": HEAD, **COLUMNS}]),
        )


def command_line(folder: Path, **options: object) -> list[str]:
    """Arguments of ``trl grpo``, with a model and a data set in the folder."""
    (folder / "data").mkdir()
    row = json.dumps({"prompt": HEAD, **COLUMNS})
    (folder / "data" / "train.jsonl").write_text(f"{row}\n" * 4)
    arguments = {
        "model_name_or_path": model_folder(folder),
        "dataset_name": folder / "data",
        "output_dir": folder / "out",
        "reward_funcs": "rltf.adapters.trl.fine",
        "max_completion_length": 1,
        "per_device_train_batch_size": SAMPLES,
        "num_generations": SAMPLES,
        "learning_rate": 0.05,
        "report_to": "none",
        "use_cpu": "true",
        "bf16": "false",
        "save_strategy": "no",
        "logging_steps": 1,
        **options,
    }
    return [
        part for name, value in arguments.items() for part in (f"--{name}", *str(value).split())
    ]


def test_the_command_line_finds_the_rewards_by_their_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl.scripts import grpo

    command = command_line(tmp_path, max_steps=1)
    monkeypatch.chdir(tmp_path)
    parsed = grpo.make_parser().parse_args_and_config(command, fail_with_unknown_args=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grpo.main(*parsed)
    assert list(Path(tmp_path, "out").glob("model.safetensors"))


@pytest.mark.slow
def test_the_trl_command_trains_a_model_in_processes_of_its_own(tmp_path: Path) -> None:
    names = "rltf.adapters.trl.coarse rltf.adapters.trl.fine"
    options = command_line(
        tmp_path, reward_funcs=names, max_steps=5, save_strategy="steps", save_steps=5
    )
    done = subprocess.run(
        [Path(sys.executable).with_name("trl"), "grpo", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    state = json.loads((tmp_path / "out" / "checkpoint-5" / "trainer_state.json").read_text())
    logs = [log for log in state["log_history"] if "rewards/coarse/mean" in log]
    assert [log["step"] for log in logs] == [1, 2, 3, 4, 5]
    assert all(log["rltf/fine/unscored"] == log["rltf/coarse/unscored"] == 0 for log in logs)
    before, after = map(
        AutoModelForCausalLM.from_pretrained, (tmp_path / "model", tmp_path / "out")
    )
    assert chance(after, HEAD, RIGHT) > chance(before, HEAD, RIGHT)


def test_a_data_set_of_open_r1_trains_as_its_script_does(tmp_path: Path) -> None:
    """As open_r1/grpo.py: columns, conversation, and ``code`` and ``binary_code`` of its registry."""
    case = {"input": "[4]", "output": "[8]", "type": "function_call", "fn_name": "f"}
    row = {
        "problem_statement": HEAD,
        "gold_standard_solution": RIGHT,
        "verification_info": {"language": "python", "test_cases": [case, case]},
        "metadata": {"difficulty": "EASY"},
    }

    def make_conversation(example: dict[str, Any]) -> dict[str, Any]:
        return {"prompt": [{"role": "user", "content": example["problem_statement"]}]}

    def binary_code_reward(completions: list[Any], **kwargs: Any) -> list[float | None]:
        rewards = code_reward(completions, **kwargs)
        return [None if reward is None else float(reward > 0.99) for reward in rewards]

    code_reward = trl.adaptive
    options = {"num_parallel": 2, "provider_type": "e2b", "enforce_same_language": False}
    folder = model_folder(tmp_path)
    torch.manual_seed(0)
    trainer = grpo_trainer(
        model=str(folder),
        reward_funcs=[
            update_wrapper(partial(code_reward, **options), code_reward),
            update_wrapper(partial(binary_code_reward, **options), binary_code_reward),
        ],
        args=config(tmp_path, max_steps=4),
        train_dataset=data_set([row] * 8).map(make_conversation),
    )
    trainer.train()
    right, wrong = WHOLE
    before = AutoModelForCausalLM.from_pretrained(folder)
    assert chance(trainer.model, HEAD, right) > chance(before, HEAD, right)
    assert chance(trainer.model, HEAD, wrong) < chance(before, HEAD, wrong)
    log = trainer.state.log_history[0]
    assert 0 <= log["rewards/binary_code_reward/mean"] < 1
    assert log["rltf/adaptive/unscored"] == 0


SMOLLM2 = models_folder() / "SmolLM2-135M-Instruct.gguf"


@pytest.mark.slow
@pytest.mark.timeout(3600)  # 42 s of CPU time, which a busy machine makes a long time
@pytest.mark.skipif(
    not SMOLLM2.exists(), reason="python benchmarks/real_model.py fetch smollm2 fetches the model"
)
def test_a_real_model_trains_for_a_few_steps(tmp_path: Path) -> None:
    pytest.importorskip("gguf")
    policy = manager.get("policy", f"hf:{SMOLLM2}").load()
    weights = policy.model.get_input_embeddings().weight
    before = weights.detach().clone()
    trainer, seen = token_trainer(
        model=policy.model,
        processing_class=policy.tokenizer,
        reward_funcs=[trl.coarse, trl.adaptive],
        args=config(
            tmp_path,
            max_steps=2,
            per_device_train_batch_size=2,
            num_generations=2,
            max_completion_length=16,
            learning_rate=1e-5,
            optim="adafactor",  # Adam would keep two more copies of the model
        ),
        train_dataset=data_set(
            [
                {**row, "prompt": [{"role": "user", "content": row["prompt"]}]}
                for row in rows("mini", "train")[:4]
            ]
        ),
    )
    trainer.train()
    logs = [log for log in trainer.state.log_history if "rewards/coarse/mean" in log]
    assert len(logs) == 2
    assert all(log["rltf/coarse/unscored"] == 0 for log in logs)
    assert all(-1 <= log["rewards/coarse/mean"] <= 1 for log in logs)
    assert not torch.equal(before, weights)
    per_token = [inputs["advantages"] for inputs in seen]
    assert all(each.shape == (2, each.shape[1]) for each in per_token)
    assert any(len(set(row)) > 1 for each in per_token for row in each.tolist())
