"""``rltf critic train``: samples in, a critic and how often it is right out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from rltf.cli import main
from rltf.plugins.policies.tiny import codegen, train_tokenizer

from ..forked import Forks

PROBLEMS = [
    {
        "task_id": f"add {n}",
        "prompt": f"Write f(x): add {n}.",
        "entry_point": "f",
        "tests": [{"args": [1], "expected": 1 + n}],
        "solutions": [f"def f(x): return {n} + x"],
    }
    for n in range(6)
]
SAMPLES = [
    {"task_id": f"add {n}", "solution": [f"def f(x): return x + {n}\n", f"def f(x: return {n}\n"]}
    for n in range(6)
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    tokenizer = train_tokenizer(text for row in SAMPLES for text in row["solution"])
    tokenizer.save_pretrained(folder)
    codegen(len(tokenizer), tokenizer.eos_token_id).save_pretrained(folder)
    return f"hf:{folder}"


def write(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def call(folder: Path, *arguments: str) -> Result:
    data = ["--dataset", "file", "--data", str(write(folder / "problems.jsonl", PROBLEMS))]
    return CliRunner().invoke(main, [*arguments, *data])


def test_a_critic_is_trained_checked_and_used(base: str, tmp_path: Path) -> None:
    samples, out = write(tmp_path / "samples.jsonl", SAMPLES), tmp_path / "critic"
    options = ["--base", base, "--epochs", "2", "--learning-rate", "1e-3", "--out", str(out)]
    trained = call(tmp_path, "critic", "train", str(samples), *options)
    assert trained.exit_code == 0, trained.stderr
    assert "15 programs to learn from, 5 of them reference programs; 2 held out" in trained.stderr
    assert "always the commonest outcome: 50.0%" in trained.stdout
    training = json.loads((out / "critic.json").read_text())["training"]
    assert (training["learning_rate"], training["epochs"], training["held_out"]["programs"]) == (
        1e-3,
        2,
        2,
    )

    again = call(tmp_path, "critic", "train", str(samples), *options)
    assert again.exit_code == 2
    assert "is there already: give another --out" in again.stderr

    scored = call(tmp_path, "score", str(samples), "--reward", f"critic[critic={out}]")
    assert scored.exit_code == 0, scored.stderr
    lines = [json.loads(line) for line in scored.stdout.splitlines()]
    assert [line["rewards"]["critic"] for line in lines] == [1.0, -1.0] * 6


@pytest.mark.parametrize(
    ("line", "options", "message"),
    [
        (
            {"task_id": "add 99", "solution": ""},
            [],
            "line 1: dataset problems has no task 'add 99'",
        ),
        (None, [], "holds no samples"),
        (SAMPLES[0], ["--learning-rate", "nan"], "must be a number above 0"),
        (SAMPLES[0], [], "at least two problems, not of 1"),
        (SAMPLES[0], ["--verdicts", "nowhere.jsonl"], "nowhere.jsonl: No such file"),
    ],
)
def test_bad_input_is_said_in_one_line(
    tmp_path: Path, line: dict[str, object] | None, options: list[str], message: str
) -> None:
    samples = write(tmp_path / "samples.jsonl", [] if line is None else [line])
    out = ["--out", str(tmp_path / "critic")]
    result = call(tmp_path, "critic", "train", str(samples), *out, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_policy_that_only_writes_is_no_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    samples = write(tmp_path / "samples.jsonl", SAMPLES[:2])
    out = ["--out", str(tmp_path / "critic"), "--base", "openai:some"]
    result = call(tmp_path, "critic", "train", str(samples), *out)
    assert result.exit_code == 2
    assert "policy openai:some only writes samples" in result.stderr


def test_a_full_disk_is_one_line_and_leaves_nothing_in_the_way(
    forked: Forks, base: str, full_disk: Path, tmp_path: Path
) -> None:
    samples, out = write(tmp_path / "samples.jsonl", SAMPLES), tmp_path / "critic"
    data = ["--dataset", "file", "--data", str(write(tmp_path / "problems.jsonl", PROBLEMS))]
    command = ["critic", "train", str(samples), *data, "--base", base, "--epochs", "1"]
    done = forked(["--plugin", full_disk, *command, "--out", out])
    assert done.code == 1
    assert done.stderr.splitlines()[-1] == (
        f"rltf: cannot write {out}: File too large; free some space, then run the command again"
    )
    assert not out.exists()
