"""``rltf run`` with adapters, 8-bit AdamW, a reference policy and gradient checkpointing at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from rltf import manager

Forked = Callable[..., Any]
"""See ``conftest.py``."""

OPTIONS = {
    "lora_r": 2,
    "optimizer": "adamw8bit",
    "gradient_checkpointing": "true",
    "objective": "grpo[kl=0.04]",
    "learning_rate": 1e-2,
    "warmup_steps": 1,
    "held_out_limit": 2,
    "problems_per_round": 2,
    "samples_per_problem": 4,
    "candidates_per_round": "none",
    "buffer_size": 8,
    "refresh_every": 1,
    "batch_size": 4,
    "supervised_batch_size": 4,
    "checkpoint_every": 1,
}


def run(forked: Forked, *words: str | Path) -> Path:
    settings = [word for name, value in OPTIONS.items() for word in ("--set", f"{name}={value}")]
    done = forked(["run", *([] if "--resume" in words else settings), *words])
    assert done.code == 0, done.stderr
    return Path(words[words.index("--resume" if "--resume" in words else "--out") + 1])


def lines(folder: Path) -> list[dict[str, Any]]:
    texts = (folder / "metrics.jsonl").read_text().splitlines()
    timed = ("seconds", "samples_per_s")
    return [
        {name: value for name, value in json.loads(text).items() if not name.startswith(timed)}
        for text in texts
    ]


def test_a_run_trains_and_keeps_adapters_alone_and_goes_on_from_them(
    forked: Forked, tmp_path: Path
) -> None:
    whole = run(forked, "--steps", "3", "--out", tmp_path / "whole")
    run(forked, "--steps", "1", "--out", tmp_path / "resumed")
    resumed = run(forked, "--steps", "3", "--resume", tmp_path / "resumed")
    for one, other in zip(lines(whole), lines(resumed), strict=True):
        for name in ("policy_loss", "supervised_loss", "gradient_norm", "round"):
            assert one.get(name) == other.get(name), name

    (checkpoint,) = (whole / "checkpoints").glob("step-*.pt")
    state = torch.load(checkpoint, weights_only=True)["model"]
    assert state
    assert all(".lora_" in name for name in state)
    reference = torch.load(whole / "checkpoints" / "reference.pt", weights_only=True)
    assert reference.keys() == state.keys()
    assert any(not torch.equal(reference[name], state[name]) for name in state)

    assert (whole / "model" / "adapter" / "adapter_model.safetensors").is_file()
    names = manager.get("policy", "tiny").load().model.state_dict().keys()
    trained = manager.get("policy", f"hf:{whole / 'model'}").load().model.state_dict()
    assert trained.keys() == names
