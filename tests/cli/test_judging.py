"""``--judging``, and what the commands say about tests that were judged guarded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rltf.cli import main

PROGRAM = "RATE = 2\ndef f(x): return x * RATE\n"
REASON = "the test patches the program's own `RATE`"
PATCHED = "import solution\nsolution.RATE = 3\nassert solution.f(3) == 9"
PROBLEMS = [
    {"task_id": "plain", "prompt": "", "tests": [{"assert": "assert f(3) == 6"}]},
    {"task_id": "patched", "prompt": "", "tests": [{"assert": PATCHED}]},
    {"task_id": "missing", "prompt": "", "tests": [{"assert": f"import no_such\n{PATCHED}"}]},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [json.dumps(problem | {"solutions": [PROGRAM]}) for problem in PROBLEMS]
    (tmp_path / "problems.jsonl").write_text("\n".join(lines))
    samples = [{"task_id": each["task_id"], "solution": PROGRAM} for each in PROBLEMS]
    (tmp_path / "samples.jsonl").write_text("\n".join(map(json.dumps, samples)))
    (tmp_path / "program.py").write_text(PROGRAM)
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [each.replace("DIR", str(folder)) for each in arguments])


SCORE = ("score", "DIR/samples.jsonl", "--dataset", "file", "--data", "DIR/problems.jsonl")


def test_score_rewards_guarded_samples_and_says_so(folder: Path) -> None:
    result = run(folder, *SCORE)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["judging"] for line in lines] == ["split", "guarded", "split"]
    assert [line["judging_reason"] for line in lines] == ["", REASON, ""]
    assert [line["rewards"]["coarse"] for line in lines] == [1.0, 1.0, None]
    assert "1 sample judged guarded (1 test), in the process of the test" in result.stderr
    assert f"1 guarded: {REASON}" in result.stderr


def test_score_judges_in_the_mode_that_is_asked_for(folder: Path) -> None:
    split = run(folder, *SCORE, "--judging", "split")
    statuses = [json.loads(line)["status"] for line in split.stdout.splitlines()]
    assert statuses == ["passed", "unscored", "unscored"]
    assert f"it needs guarded judging: {REASON}" in split.stderr
    guarded = run(folder, *SCORE, "--judging", "guarded")
    modes = [json.loads(line)["judging"] for line in guarded.stdout.splitlines()]
    assert modes == ["guarded", "guarded", "split"]


def test_a_mode_that_does_not_exist_is_refused(folder: Path) -> None:
    result = run(folder, *SCORE, "--judging", "both")
    assert result.exit_code == 2
    assert "--judging" in result.stderr


def test_exec_shows_the_mode_of_a_guarded_test(folder: Path) -> None:
    command = ("exec", "DIR/program.py", "--tests", "DIR/problems.jsonl:patched")
    result = run(folder, *command)
    assert f"guarded: {REASON}" in result.stdout
    assert result.exit_code == 0
    split = run(folder, *command, "--judging", "split")
    assert "unscored" in split.stderr
    assert run(folder, "exec", "DIR/program.py", "--judging", "split").exit_code == 2


def test_check_references_counts_the_modes_with_the_reasons(folder: Path) -> None:
    command = ("bench", "file", "--data", "DIR/problems.jsonl", "--check-references")
    text = run(folder, *command).stdout
    assert "programs that pass: 1 split, 1 guarded; unscored: 1" in text
    assert f"  1 guarded: {REASON}" in text
    assert "  1 unscored: the test imports no_such, which is not installed" in text
    modes = json.loads(run(folder, *command, "--json").stdout)["modes"]
    assert modes == {
        "samples": {"split": 1, "guarded": 1, "unscored": 1},
        "passed": {"split": 1, "guarded": 1},
        "tests": {"split": 1, "guarded": 1, "unscored": 1},
        "guarded_because": {REASON: 1},
        "unscored_because": {"the test imports no_such, which is not installed": 1},
    }
    split = run(folder, *command, "--judging", "split").stdout
    assert "programs that pass: 1 split, 0 guarded; unscored: 2" in split


def test_a_benchmark_counts_the_modes(folder: Path) -> None:
    written = (
        "bench file --data DIR/problems.jsonl --policy tiny --n 1 --temperature 0 --out DIR/out"
    )
    result = run(folder, *written.split(), "--judging", "guarded", "--json")
    results = json.loads(result.stdout)
    assert results["judging"] == "guarded"
    assert results["modes"]["samples"] == {"split": 0, "guarded": 2, "unscored": 1}
    config = json.loads((folder / "out" / "config.json").read_text())
    assert config["judging"] == "guarded"
    other = run(folder, *written.split())
    assert other.exit_code != 0
