"""The commands with ``--executor ray`` give what they give with the sandbox of this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[3] / "examples"
DATA = ("--dataset", "file", "--data", str(EXAMPLES / "problems.jsonl"))
SAMPLES = 60
KILLER = """
import os, signal
from pathlib import Path
from rltf import hookimpl

seen = 0

@hookimpl
def rltf_samples_scored(samples):
    global seen
    seen += len(samples)
    if seen == 10:
        for folder in Path("/proc").glob("[0-9]*"):
            if b"ray::SandboxActor" in (folder / "cmdline").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)
                return
        raise AssertionError("no actor runs")
"""
SMALL_RUN = {
    "warmup_steps": 1,
    "buffer_size": 8,
    "batch_size": 4,
    "supervised_batch_size": 4,
    "problems_per_round": 2,
    "candidates_per_round": 2,
    "samples_per_problem": 4,
    "held_out_limit": 4,
}
MEASURED = {"cpu_s", "wall_s", "peak_memory_mb"}


def rltf(folder: Path, *arguments: str, address: str = "") -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rltf", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "RAY_ADDRESS": address or "local",
            "XDG_CACHE_HOME": str(folder / "cache"),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def judged(path: Path) -> list[Any]:
    """The lines of a file, without what was measured."""
    return [_unmeasured(json.loads(line)) for line in path.read_text().splitlines()]


def _unmeasured(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unmeasured(each) for name, each in value.items() if name not in MEASURED}
    return [_unmeasured(each) for each in value] if isinstance(value, list) else value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Has samples that differ, the wrong answers among them, and a plugin that kills an actor."""
    known = [json.loads(line) for line in (EXAMPLES / "samples.jsonl").open()]
    rows = [
        {**known[n % len(known)], "solution": f"{known[n % len(known)]['solution']}# {n}\n"}
        for n in range(SAMPLES)
    ]
    (tmp_path / "samples.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (tmp_path / "killer.py").write_text(KILLER)
    return tmp_path


def test_score_loses_nothing_with_an_actor_that_is_killed(cluster: Any, folder: Path) -> None:
    score = ("score", "samples.jsonl", *DATA, "--out")
    rltf(folder, *score, "here.jsonl")
    ray = ("--executor", "ray")
    rltf(folder, "--plugin", "killer.py", *score, "there.jsonl", *ray, address=cluster.address)
    here = judged(folder / "here.jsonl")
    assert len(here) == SAMPLES
    assert len({line["status"] for line in here}) == 4
    assert judged(folder / "there.jsonl") == here


@pytest.mark.parametrize(
    ("command", "written"),
    [
        (("bench", "mini", "--limit", "2", "--n", "2", "--k", "1"), "verdicts.jsonl"),
        (
            ("run", "--steps", "1", *(f"--set={n}={v}" for n, v in SMALL_RUN.items())),
            "samples.jsonl",
        ),
        (("augment", *DATA[1:], "--tests-per-problem", "2"), ""),
        (("audit", *DATA[1:]), ""),
    ],
    ids=["bench", "run", "augment", "audit"],
)
def test_a_command_writes_the_same(
    command: Sequence[str], written: str, cluster: Any, folder: Path
) -> None:
    rltf(folder, *command, "--out", "here")
    rltf(folder, *command, "--out", "there", "--executor", "ray", address=cluster.address)
    here, there = (judged(folder / name / written) for name in ("here", "there"))
    assert here
    assert sorted(map(str, there)) == sorted(map(str, here))  # bench writes what is judged first
