"""``rltf run`` is killed, stopped, starved: real forks of a process that has torch, no mock."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

SMALL = {
    "reward": "coarse,fine,adaptive,ppocoder",
    "warmup_steps": 4,
    "warmup_batch_size": 4,
    "batch_size": 6,
    "supervised_batch_size": 2,
    "problems_per_round": 3,
    "samples_per_problem": 2,
    "buffer_size": 18,
    "refresh_every": 2,
    "candidates_per_round": "none",
    "max_prompt_tokens": 60,
    "max_new_tokens": 8,
    "held_out_limit": 3,
    "checkpoint_every": 3,
    "steps": 5,
    "seed": 5,
}
MEASURED = ("_seconds", "_per_s", "_mb")


def arguments(folder: Path, **changes: object) -> list[str]:
    settings = [f"--set={name}={value}" for name, value in (SMALL | changes).items()]
    return ["run", "--policy", "tiny", "--out", str(folder), *settings]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def repeatable(folder: Path) -> list[Any]:
    """All that the same seed repeats: metrics, samples, weights, and the result."""
    metrics = [
        {name: value for name, value in line.items() if not name.endswith(MEASURED)}
        for line in lines(folder / "metrics.jsonl")
    ]
    summary = json.loads((folder / "summary.json").read_text())
    result = {name: summary[name] for name in ("pass_at_1", "errors", "samples", "unscored")}
    weights = (folder / "model" / "model.safetensors").read_bytes()
    return [metrics, lines(folder / "samples.jsonl"), result, weights]


@pytest.fixture(scope="module")
def whole(forked: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    done = forked(arguments(folder))
    assert done.code == 0, done.stderr
    return folder


KILL = "at({place!r}, {call}, lambda: os.kill(os.getpid(), 9))"
HALF_A_CHECKPOINT = """
import torch
save = torch.save
def half(state, file):
    save(state, file)
    if state["step"] == 5:
        file.truncate(file.tell() // 2)
        os.kill(os.getpid(), 9)
torch.save = half
"""
KILLS = {
    "warm-up": KILL.format(place="rltf.trainer.update:Updater.step", call=4),
    "evaluation": KILL.format(place="rltf.trainer.loop:evaluate", call=1),
    "filling the buffer": KILL.format(place="rltf.trainer.sampling_round:Rounds.play", call=2),
    "a step": KILL.format(place="rltf.trainer.update:Updater.step", call=5),
    "a checkpoint": HALF_A_CHECKPOINT,
    "the model": KILL.format(place="rltf.models.policy:Policy.save", call=1),
    "the summary": KILL.format(place="rltf.trainer.run_folder:write_json", call=1),
}
"""Where a run is killed to what kills it, in the order in which one run gets there."""


def test_a_run_that_is_killed_again_and_again_repeats_the_one_that_was_not(
    forked: Any, whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "killed"
    call: Sequence[str] = arguments(folder)
    for moment, before in KILLS.items():
        done = forked(call, before)
        assert done.code == -9, (moment, done.stderr)
        assert not (folder / "summary.json").exists(), moment
        call = ["run", "--resume", str(folder)]
    done = forked(call)
    assert done.code == 0, done.stderr
    assert repeatable(folder) == repeatable(whole)
