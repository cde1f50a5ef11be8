"""docs/verdicts.md defines every field of the files that the commands write."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner

from rltf.cli import main
from rltf.verdict import STATUSES, Attempt

from .forked import Forks

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "verdicts.md").read_text()
BY_NAME = {
    "statuses", "rewards", "attempts", "plugin_failures", "pass_at_k", "by_difficulty", "errors",
    "unanswered",
}  # fmt: skip
"""Fields whose keys are names that the field itself explains."""


def documented(section: str) -> set[str]:
    """The fields that the tables below a heading define, up to the next heading."""
    (text,) = re.findall(rf"^##+ {re.escape(section)}\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S)
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.M)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def fields(value: Any) -> Iterator[str]:
    """The keys of an object and of the objects in it, but for those that are names."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            if key not in BY_NAME:
                yield from fields(item)
    elif isinstance(value, list):
        for item in value:
            yield from fields(item)


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in (ROOT / "examples").glob("*.jsonl"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rltf(*arguments: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output


def test_every_field_of_a_verdict_line_is_defined(workplace: Path) -> None:
    rltf("score", "samples.jsonl", "--dataset=file", "--data=problems.jsonl", "--out=out.jsonl")
    defined = documented("Verdict line") | documented("Outcome of a test") | documented("Error")
    assert set(fields(lines(workplace / "out.jsonl"))) <= defined


def test_every_field_of_a_benchmark_is_defined(workplace: Path) -> None:
    rltf("bench", "file", "--data=problems.jsonl", "--n=2", "--k=1", "--out=measured")
    folder = workplace / "measured"
    assert {*lines(folder / "samples.jsonl")[0]} <= documented("samples.jsonl")
    results = json.loads((folder / "results.json").read_text())
    config = json.loads((folder / "config.json").read_text())
    assert {*config} <= documented("config.json")
    assert {*results} <= documented("results.json")


def test_every_field_of_a_run_is_defined(forks: Forks, workplace: Path) -> None:
    small = {
        "warmup_steps": 2,
        "held_out_limit": 4,
        "candidates_per_round": 4,
        "problems_per_round": 2,
        "samples_per_problem": 2,
        "buffer_size": 4,
    }
    settings = [f"--set={name}={value}" for name, value in small.items()]
    done = forks(["run", "--steps=2", "--out=run", *settings])
    assert done.code == 0, done.stderr
    folder = workplace / "run"
    step = lines(folder / "metrics.jsonl")[0]
    assert {*step.pop("round")} <= documented("Figures of a round")
    assert {*step, "round"} <= documented("metrics.jsonl")
    assert {*lines(folder / "samples.jsonl")[0]} <= documented("samples.jsonl")
    summary = json.loads((folder / "summary.json").read_text())
    assert {*summary} <= documented("summary.json")
    page = (ROOT / "docs" / "training.md").read_text()
    options = json.loads((folder / "config.json").read_text())
    assert [name for name in options if f"**`{name}`**" not in page] == ["schema"]
    assert [path.name for path in folder.iterdir() if path.name not in page] == []


def test_every_status_and_attempt_is_defined() -> None:
    assert documented("Statuses") == set(STATUSES)
    assert documented("Attempts") == set(get_args(Attempt))
