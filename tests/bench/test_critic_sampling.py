"""Critic sampling: where programs are cut, what repair is asked, and whole benchmarks with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from rltf import manager
from rltf.bench.critic_sampling import Candidate, kept_characters, repair_prompt
from rltf.cli import main
from rltf.critic.model import Critic, Reading
from rltf.models.policy import Policy
from rltf.plugins.policies.tiny import train_tokenizer
from rltf.plugins.prompts.plain import plain_prompt
from rltf.problem import Problem, TestCase
from rltf.verdict import ProgramError, TestOutcome, Verdict

ONE = [{"input": "", "output": "1\n"}]
PROBLEMS: list[dict[str, Any]] = [
    {"task_id": "some", "prompt": "Print one or two.", "tests": [ONE[0] | {"visible": True}, *ONE]},
    {"task_id": "never", "prompt": "Print three.", "tests": [ONE[0] | {"visible": True}]},
    {"task_id": "hidden", "prompt": "Print two or one.", "tests": ONE},
]
TAUGHT = [
    (0, "print(1)\n"),
    (0, "print(2)\n"),
    (1, "print(3\n"),
    (2, "print(1)\n"),
    (2, "print(2)\n"),
]
"""Problem and program that the policy is shown."""
N = 6


def reading(*failed_and_passed: tuple[float, float]) -> Reading:
    tokens = np.array([[0, 0, *pair] for pair in failed_and_passed], dtype=np.float32)
    return Reading(tuple(range(0, 3 * len(tokens), 3)), tokens, tokens[0])


@pytest.mark.parametrize(
    ("tokens", "characters"),
    [
        ([(0.1, 0.2), (0.1, 0.4), (0.1, 0.3)], 6),  # the second token is the best one: it is kept
        ([(0.3, 0.2), (0.1, 0.4)], 0),  # the first one is doubtful already
        ([(0.1, 0.2), (0.4, 0.3), (0.1, 0.8)], 3),  # doubt comes before the best one
        ([(0.1, 0.2), (0.1, 0.3)], 7),  # the last one is the best: all of it
        ([(0.01, 0.02), (0.3, 0.5)], 3),  # 2/3 is more than 5/8: only the two classes count
    ],
)
def test_a_program_is_cut_behind_its_best_token_or_before_a_doubtful_one(
    tokens: Sequence[tuple[float, float]], characters: int
) -> None:
    assert kept_characters(reading(*tokens), "x" * 7) == characters


@pytest.mark.parametrize(
    ("test", "shown"),
    [
        (TestOutcome("syntax_error", ProgramError("IndentationError")), "-2\nIndentationError"),
        (TestOutcome("runtime_error", ProgramError("KeyError")), "-1\nKeyError"),
        (TestOutcome("timeout"), "-1\ntimeout"),
        (TestOutcome("wrong_answer", ProgramError("AssertionError")), "False\n"),
    ],
)
def test_repair_is_asked_as_coderl_asks(test: TestOutcome, shown: str) -> None:
    candidate = Candidate("pass\n", "pass\n", Verdict.of([test]))
    assert repair_prompt("Do.", candidate) == f"Do.\npass\n\n{shown}\nANSWER:\n"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A policy that solves one kind of problem half of the time, and an untrained critic."""
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    shown = [
        plain_prompt(Problem("", row["prompt"], tests=[*map(TestCase.from_dict, row["tests"])]))
        for row in PROBLEMS
    ]
    tokenizer = train_tokenizer(iter([*shown, *(program for _, program in TAUGHT)]))

    def build() -> tuple[Any, Any]:
        end = tokenizer.eos_token_id
        config = GPT2Config(
            vocab_size=len(tokenizer), n_positions=96, n_embd=32, n_layer=1, n_head=2,
            bos_token_id=end, eos_token_id=end, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
        )  # fmt: skip
        return GPT2LMHeadModel(config), tokenizer

    policy = Policy("test", build, "plain").load()
    optimizer = torch.optim.Adam(policy.model.parameters(), lr=1e-2)
    prompts = [tokenizer(shown[problem])["input_ids"] for problem, _ in TAUGHT]
    targets = [policy.encode_target(program, 50) for _, program in TAUGHT]
    for _ in range(60):
        log_probs, present = policy.log_probs(prompts, targets)
        torch.autograd.backward(-log_probs.sum() / present.sum())
        optimizer.step()
        optimizer.zero_grad()
    folder = tmp_path_factory.mktemp("policy")
    policy.save(folder)
    critic = tmp_path_factory.mktemp("critic")
    Critic.on(manager.get("policy", f"hf:{folder}").load()).save(critic, {})
    return f"hf:{folder}", critic


def bench(out: Path, policy: str, *options: str, problems: Any = PROBLEMS) -> Result:
    out.parent.mkdir(exist_ok=True)
    data = out.parent / "problems.jsonl"
    data.write_text("".join(f"{json.dumps(problem)}\n" for problem in problems))
    call = ["bench", "file", "--data", str(data), "--policy", policy, "--out", str(out), "--json"]
    call += ["--n", str(N), "--k", "1,2", "--temperature", "1", "--max-new-tokens", "16"]
    return CliRunner().invoke(main, [*call, "--batch-size", "4", "--seed", "1", *options])


@pytest.fixture(scope="module")
def refined(models: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bench") / "out"
    result = bench(out, models[0], "--critic", str(models[1]))
    assert result.exit_code == 0, result.stderr
    return out


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def by_task(path: Path, task_id: str) -> list[dict[str, Any]]:
    return sorted(
        (line for line in lines(path) if line["task_id"] == task_id),
        key=lambda line: line["sample"],
    )


def test_every_problem_ends_with_n_samples_and_their_verdicts(refined: Path) -> None:
    keys = sorted((problem["task_id"], sample) for problem in PROBLEMS for sample in range(N))
    for name in ("samples.jsonl", "verdicts.jsonl"):
        assert sorted((line["task_id"], line["sample"]) for line in lines(refined / name)) == keys
    results = json.loads((refined / "results.json").read_text())
    assert results["critic_sampling"]["problems"] == {
        "refined": 1,
        "repair_tried": 1,
        "repaired": 0,
        "left_without_visible_tests": 1,
        "left_since_none_passed": 1,
    }
    assert sum(results["statuses"].values()) == 3 * N


def test_refined_samples_go_on_from_programs_that_passed(refined: Path) -> None:
    verdicts = {line["sample"]: line for line in by_task(refined / "first/verdicts.jsonl", "some")}
    first = by_task(refined / "first/samples.jsonl", "some")
    passed = [line["solution"] for line in first if verdicts[line["sample"]]["passed"]]
    assert 0 < len(passed) < N
    final = by_task(refined / "samples.jsonl", "some")
    assert final == by_task(refined / "refined/samples.jsonl", "some")
    config = json.loads((refined / "refined/config.json").read_text())
    assert config["critic_sampling"] is not None
    assert final != first


def test_problems_without_visible_tests_and_without_a_pass_are_left(refined: Path) -> None:
    for task_id in ("hidden", "never"):
        for name in ("samples.jsonl", "verdicts.jsonl"):
            final = by_task(refined / name, task_id)
            assert final == by_task(refined / "first" / name, task_id)
    assert len(by_task(refined / "repaired/samples.jsonl", "never")) == N
    assert {line["task_id"] for line in lines(refined / "refined/samples.jsonl")} == {"some"}


def test_the_first_samples_are_those_of_the_plain_benchmark(
    refined: Path, models: tuple[str, Path], tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    result = bench(plain, models[0])
    assert result.exit_code == 0, result.stderr
    assert (plain / "samples.jsonl").read_bytes() == (refined / "first/samples.jsonl").read_bytes()
    without_critic = json.loads(result.stdout)
    with_critic = json.loads((refined / "results.json").read_text())
    assert with_critic["critic_sampling"]["first"]["pass_at_k"] == without_critic["pass_at_k"]
    assert without_critic["digest"] != with_critic["digest"]
    assert "critic_sampling" not in without_critic
    refused = bench(plain, models[0], "--critic", str(models[1]))
    assert refused.exit_code == 2
    assert "critic_sampling=None" in refused.stderr


@pytest.mark.parametrize(
    ("stage", "share"),
    [("first", 0.5), ("repaired", 0.3), ("refined", 0.6), (".", 0.7)],
)
def test_a_kill_in_any_stage_changes_nothing(
    refined: Path, models: tuple[str, Path], tmp_path: Path, stage: str, share: float
) -> None:
    folder = tmp_path / "out"
    shutil.copytree(refined, folder)
    (folder / "results.json").unlink()
    later = ["first", "repaired", "refined", "."]
    for name in later[later.index(stage) + 1 :]:
        if name == ".":
            for file in ("samples.jsonl", "verdicts.jsonl"):
                (folder / file).write_text("")
        else:
            shutil.rmtree(folder / name)
    for file in ("samples.jsonl", "verdicts.jsonl"):
        whole = (folder / stage / file).read_bytes()
        (folder / stage / file).write_bytes(whole[: int(share * len(whole))])
    # A verdict without its sample cannot be: samples are written first.
    written = {
        (line["task_id"], line["sample"])
        for line in map(
            json.loads, (folder / stage / "samples.jsonl").read_bytes().split(b"\n")[:-1]
        )
    }
    kept_lines = [
        line
        for line in (folder / stage / "verdicts.jsonl").read_text().split("\n")[:-1]
        if (json.loads(line)["task_id"], json.loads(line)["sample"]) in written
    ]
    (folder / stage / "verdicts.jsonl").write_text("".join(f"{line}\n" for line in kept_lines))
    result = bench(folder, models[0], "--critic", str(models[1]))
    assert result.exit_code == 0, result.stderr
    for name in later:
        for file in ("samples.jsonl",):
            assert (folder / name / file).read_bytes() == (refined / name / file).read_bytes()
    before, after = (json.loads((path / "results.json").read_text()) for path in (refined, folder))
    for name in ("pass_at_k", "critic_sampling", "statuses", "digest"):
        assert before[name] == after[name]


def test_another_policy_can_repair(models: tuple[str, Path], tmp_path: Path) -> None:
    critic = ["--critic", str(models[1])]
    result = bench(tmp_path / "out", models[0], *critic, "--repair-policy", models[0])
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["critic_sampling"]["problems"]["repair_tried"] == 1
    table = bench(tmp_path / "out", models[0], *critic, "--repair-policy", models[0])
    assert table.exit_code == 0


@pytest.mark.parametrize(
    ("problems", "options", "message"),
    [
        (PROBLEMS[2:], ["--critic", "CRITIC"], "goes by visible tests, and none of these problems"),
        (PROBLEMS, ["--critic", "nowhere"], "nowhere holds no critic"),
        (PROBLEMS, ["--repair-policy", "tiny"], "--repair-policy repairs for --critic"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    models: tuple[str, Path], tmp_path: Path, problems: Any, options: list[str], message: str
) -> None:
    options = [str(models[1]) if option == "CRITIC" else option for option in options]
    result = bench(tmp_path / "out", models[0], *options, problems=problems)
    assert result.exit_code == 2
    assert message in result.stderr
