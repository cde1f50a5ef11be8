"""``rltf run`` with other ways to learn: value heads, files of samples, evaluations on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rltf import manager

from .run_files import lines, repeatable_metrics, run_arguments

SMALL = {
    "warmup_steps": 4,
    "warmup_batch_size": 4,
    "batch_size": 6,
    "supervised_batch_size": 2,
    "problems_per_round": 3,
    "samples_per_problem": 4,
    "buffer_size": 24,
    "candidates_per_round": "none",
    "max_prompt_tokens": 60,
    "max_new_tokens": 8,
    "held_out_limit": 3,
    "checkpoint_every": 2,
    "steps": 4,
    "seed": 5,
}


def arguments(folder: Path, **changes: object) -> list[str]:
    return run_arguments(folder, SMALL | changes)


def repeatable(folder: Path) -> list[Any]:
    metrics = repeatable_metrics(folder)
    return [metrics, (folder / "model" / "model.safetensors").read_bytes()]


PPO = {
    "objective": "ppo[value_weight=0.1]",
    "refresh_every": 1,
    "buffer_start": 0.5,
    "evaluate_every": 2,
    "eval_samples": 2,
    "eval_k": "1,2",
}
KILL = "at('rltf.trainer.update:Updater.step', {call}, lambda: os.kill(os.getpid(), 9))"


@pytest.fixture(scope="module")
def ppo(forked: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("runs") / "ppo"
    done = forked(arguments(folder, **PPO))
    assert done.code == 0, done.stderr
    return folder, done.stdout + done.stderr


def test_a_run_with_a_value_head_repeats_itself_after_a_kill(
    forked: Any, ppo: tuple[Path, str], tmp_path: Path
) -> None:
    folder = tmp_path / "killed"
    assert forked(arguments(folder, **PPO), KILL.format(call=4 + 4)).code == -9
    done = forked(["run", "--resume", str(folder)])
    assert done.code == 0, done.stderr
    assert "continuing after 2 steps" in done.stderr
    assert repeatable(folder) == repeatable(ppo[0])


def test_held_out_problems_are_evaluated_on_the_way_with_intervals(ppo: tuple[Path, str]) -> None:
    folder, output = ppo
    metrics = lines(folder / "metrics.jsonl")
    assert [line["step"] for line in metrics if "held_out" in line] == [2, 4]
    held_out = metrics[1]["held_out"]
    assert set(held_out) == {"step", "pass_at_1", "interval", "errors", "pass_at_k"}
    assert sum(held_out["errors"].values()) == 3
    assert list(held_out["pass_at_k"]) == ["1", "2"]
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["interval"]["after"] == metrics[3]["held_out"]["interval"]
    assert summary["pass_at_k"]["after"] == metrics[3]["held_out"]["pass_at_k"]
    assert "sampled pass@2" in output
    assert output.count("held out at step 4: pass@1 ") == 1  # the last one is the result


def test_a_buffer_can_start_early_and_is_refreshed_while_it_is_used(ppo: tuple[Path, str]) -> None:
    metrics = lines(ppo[0] / "metrics.jsonl")
    # one round of 12 is half of the buffer; a round begun in a step is drawn from in the next
    assert [line["samples"] for line in metrics] == [15, 30, 45, 60]
    assert [line["staleness"] for line in metrics][:2] == [0.0, 1.0]
    totals = metrics[-1]
    known = totals["experiences"] + sum(totals["left_out"].values())
    assert known == 4 * 12


def test_samples_of_a_file_are_judged_once_and_trained_on(
    forked: Any, ppo: tuple[Path, str], tmp_path: Path
) -> None:
    problems = manager.get("dataset", "mini").problems()
    trained = [each for each in problems if each.split == "train"][:4]
    held_out = next(each for each in problems if each.split == "test")
    rows = [
        {"task_id": each.task_id, "solution": text}
        for each in trained
        for text in (each.solutions[0], "def f(x):\n    return y\n")
    ]
    rows.append({"task_id": held_out.task_id, "solution": "pass"})
    file = tmp_path / "samples.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder = tmp_path / "offline"
    options = {"samples": file, "max_new_tokens": 40, "max_prompt_tokens": 112}
    call = arguments(folder, **options)
    assert forked(call, KILL.format(call=4 + 4)).code == -9
    done = forked(call)
    assert done.code == 0, done.stderr
    metrics = lines(folder / "metrics.jsonl")
    assert [line["samples"] for line in metrics] == [8] * 4
    assert ["round" in line for line in metrics] == [True, False, False, False]
    assert metrics[0]["left_out"] == {"equal_to_baseline": 4, "held_out": 1}
    assert metrics[0]["experiences"] == 4
    assert all(line["policy_loss"] != 0 for line in metrics)
    judged = lines(folder / "samples.jsonl")
    assert [line["passed"] for line in judged] == [True, False] * 4


def test_a_file_of_samples_that_is_not_there_is_named(forked: Any, tmp_path: Path) -> None:
    done = forked([*arguments(tmp_path / "run", samples=tmp_path / "none"), "--dry-run"])
    assert done.code == 2
    assert "there is no file of samples" in done.stderr
