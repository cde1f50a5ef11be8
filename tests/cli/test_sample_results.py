"""pass@k of samples made elsewhere: ``rltf score`` and ``rltf bench --samples``."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rltf import manager
from rltf.cli import main, resumable_output

PROBLEMS = [
    {
        "task_id": "double",
        "prompt": "def f(x):\n",
        "entry_point": "f",
        "tests": [{"args": [n], "expected": 2 * n} for n in (0, 1)],
        "metadata": {"difficulty": "easy", "contest_date": "2024-05-01T00:00:00"},
    },
    {
        "task_id": "echo",
        "prompt": "Echo.",
        "tests": [{"input": "a\n", "output": "a\n"}],
        "metadata": {"difficulty": "hard", "contest_date": "2024-08-01"},
    },
    {
        "task_id": "none",
        "prompt": "Anything.",
        "tests": [],
        "metadata": {"contest_date": "2024-05-01"},
    },
]
RIGHT = "def f(x): return 2 * x"
COMPLETE = [
    {"task_id": "double", "solution": [RIGHT, "def f(x): return x"]},
    {"task_id": "echo", "solution": "print(input())", "truncated": True},
    {"task_id": "echo", "solution": "", "unanswered": "the server returned null"},
]
MEANWHILE = """
import os, subprocess
import rltf

def meanwhile(judged):
    if not os.path.exists("second.jsonl"):
        subprocess.run({command!r}, check=True, capture_output=True)
    return ()

@rltf.hookimpl
def rltf_register_rewards(register):
    register("test-meanwhile", lambda: meanwhile)
"""
"""A reward during which another command ends."""
Rltf = Callable[..., Result]


@pytest.fixture
def rltf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rltf:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "problems.jsonl").write_text("\n".join(map(json.dumps, PROBLEMS)))

    def rltf(command: str, rows: Sequence[Any], *options: str) -> Result:
        Path("samples.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        data = ["--data", "problems.jsonl"]
        if command == "score":
            arguments = ["score", "samples.jsonl", "--dataset", "file", *data]
        else:
            arguments = ["bench", "file", "--samples", "samples.jsonl", *data]
        return CliRunner().invoke(main, [*arguments, *options])

    return rltf


def read(path: str) -> dict[str, Any]:
    results: dict[str, Any] = json.loads(Path(path).read_text())
    return results


def test_both_commands_measure_the_same(rltf: Rltf) -> None:
    scored = rltf("score", COMPLETE, "--out", "out/verdicts.jsonl")
    assert scored.exit_code == 2  # there is no such folder
    scored = rltf("score", COMPLETE, "--out", "out.jsonl", "--k", "1,2")
    assert scored.exit_code == 0, scored.output
    benched = rltf("bench", COMPLETE, "--out", "folder", "--k", "1,2", "--json")
    assert benched.exit_code == 0, benched.output
    results, others = read("results.json"), read("folder/results.json")
    assert json.loads(benched.stdout) == others
    assert (results["verdicts"], others["verdicts"]) == ("out.jsonl", "verdicts.jsonl")
    for own in ("seconds", "verdicts", "slowest"):
        del results[own], others[own]
    assert results == others
    # One of two programs for `double` passes; the unanswered sample of `echo` is left out.
    assert results["pass_at_k"]["1"]["value"] == pytest.approx((0.5 + 1) / 2)
    two = results["pass_at_k"]["2"]
    assert (two["value"], two["high"], two["problems"]) == (1.0, 1.0, 1)
    assert two["low"] < 0.5  # one problem says little
    assert results["statuses"] == {"passed": 2, "unscored": 1, "wrong_answer": 1}
    assert results["unanswered"] == {"the server returned null": 1}
    assert (results["n"], results["truncated"], results["without_tests"]) == (2, 1, ["none"])
    assert set(results["by_difficulty"]) == {"easy", "hard"}
    assert results["samples"]["file"] == "samples.jsonl"
    assert results["data"]["source"].endswith("problems.jsonl")
    assert results["data"]["published"] == ["2024-05-01", "2024-08-01"]
    assert "partial" not in results
    shown = scored.stdout.splitlines()
    assert [line.split()[:2] for line in shown[2:5]] == [["easy", "1"], ["hard", "1"], ["all", "2"]]
    assert "pass@2 is of 1 of 2 problems" in scored.stdout
    assert "2 samples a problem: 2 passed, 1 unscored, 1 wrong_answer" in scored.stdout
    assert "1 met the length limit" in scored.stdout
    # The lines are those of the program alone, and stdout holds them where there is no file.
    assert len(Path("out.jsonl").read_text().splitlines()) == 4
    printed = rltf("score", COMPLETE)
    assert [json.loads(line)["task_id"] for line in printed.stdout.splitlines()] == [
        "double",
        "double",
        "echo",
        "echo",
    ]
    assert "pass@1" in printed.stderr
    assert json.loads(rltf("score", COMPLETE, "--json").stdout)["n"] == 2


def test_an_incomplete_file_is_measured_only_on_request(rltf: Rltf) -> None:
    short = COMPLETE[:1]
    scored = rltf("score", short, "--out", "out.jsonl")
    assert (scored.exit_code, scored.stdout) == (0, "")
    lacking = "samples.jsonl is incomplete: 1 of 2 problems has no samples (echo)"
    how = "; --partial computes pass@k all the same\n"
    assert lacking + how in scored.stderr
    assert not Path("results.json").exists()
    for command, options in (("score", ["--json"]), ("bench", ["--out", "folder"])):
        refused = rltf(command, short, *options)
        assert refused.exit_code == 2
        assert lacking + how in refused.stderr
        assert refused.stdout == ""
    assert not Path("folder").exists()
    partial = rltf("bench", short, "--partial", "--out", "folder")
    assert lacking + "\n" in partial.stdout
    assert "pass@1 is of 1 of 2 problems" in partial.stdout
    results = read("folder/results.json")
    assert results["partial"] == {"without_samples": ["echo"], "samples": [2, 2]}
    uneven = [*short, {"task_id": "echo", "solution": "print()"}]
    refused = rltf("bench", uneven, "--out", "folder")
    lacking = "samples.jsonl is incomplete: the problems have 1 to 2 samples"
    assert lacking + how in refused.stderr
    assert lacking + "\n" in rltf("score", uneven, "--partial", "--out", "out.jsonl").stdout
    results = json.loads(rltf("score", uneven, "--partial", "--json").stdout)
    assert results["partial"] == {"without_samples": [], "samples": [1, 2]}
    assert rltf("score", short, "--k", "5", "--partial").exit_code == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--n", "3"], "--samples asks no policy: leave out --n"),
        (["--policy", "tiny"], "leave out --policy"),
        (["--temperature", "0"], "leave out --temperature"),
        (["--after", "yesterday"], "must be a day like 2024-08-01, not 'yesterday'"),
        (["--after", "2025-01-01"], "no problem was published in this window"),
        (["--k", "5"], "pass@5 needs 5 samples of a problem; the file has at most 2."),
        (["--split", "tset"], "no split 'tset'"),
    ],
)
def test_bad_usage_is_one_line(rltf: Rltf, options: list[str], message: str) -> None:
    refused = rltf("bench", COMPLETE, "--out", "folder", *options)
    assert refused.exit_code == 2
    assert message in refused.stderr
    assert not Path("folder", "results.json").exists()


def test_a_window_leaves_out_problems_and_their_samples(rltf: Rltf) -> None:
    found = rltf("bench", COMPLETE, "--before", "2024-05-01", "--out", "folder", "--json")
    assert found.exit_code == 0, found.stderr
    assert "2 samples of problems outside the benchmark left out" in found.stderr
    results = json.loads(found.stdout)
    assert (results["problems"], results["statuses"]) == (1, {"passed": 1, "wrong_answer": 1})
    assert (results["data"]["after"], results["data"]["before"]) == (None, "2024-05-01")
    undated = PROBLEMS[0] | {"metadata": {}}
    Path("problems.jsonl").write_text(json.dumps(undated))
    refused = rltf("bench", COMPLETE[:1], "--after", "2024-05-01")
    assert (refused.exit_code, "has no contest_date" in refused.stderr) == (2, True)


def test_results_of_other_samples_stay(rltf: Rltf) -> None:
    assert rltf("score", COMPLETE, "--out", "first.jsonl").exit_code == 0
    first = read("results.json")
    assert rltf("score", COMPLETE[::-1], "--out", "second.jsonl").exit_code == 0
    assert read("results.json") == first
    assert read("second.results.json")["verdicts"] == "second.jsonl"
    assert rltf("bench", COMPLETE, "--out", "folder").exit_code == 0
    refused = rltf("bench", COMPLETE[::-1], "--out", "folder")
    assert refused.exit_code == 2
    assert "folder holds another benchmark; give another --out" in refused.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot read folder/results.json: "),
        ('{"pass', "cannot read folder/results.json: "),
        ("[]", "it is not a JSON object"),
        ('{"schema": 9}', '"schema" is 9, and this version of rltf reads 1'),
        ('{"samples": [1]}', '"samples" must be an object, not [1]'),
    ],
)
def test_results_that_cannot_be_read_stay(rltf: Rltf, content: str, message: str) -> None:
    Path("folder").mkdir()
    Path("folder/results.json").write_text(content)
    refused = rltf("bench", COMPLETE, "--out", "folder")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert message in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert [file.name for file in Path("folder").iterdir()] == ["results.json"]
    assert Path("folder/results.json").read_text() == content


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_verdicts_outlive_results_that_cannot_be_written(rltf: Rltf, name: str) -> None:
    Path("target").mkdir()
    Path(f"target/{name}.results.part").mkdir()
    refused = rltf("score", COMPLETE, "--out", f"target/{name}")
    assert refused.exit_code == 1
    assert f"target/{name}.part keeps 4 lines" in refused.stderr
    assert not Path(f"target/{name}").exists()
    Path(f"target/{name}.results.part").rmdir()
    done = rltf("score", COMPLETE, "--out", f"target/{name}")
    assert done.exit_code == 0
    assert "continuing after 4 of 4 samples" in done.stderr
    assert read("target/results.json")["statuses"]["passed"] == 2
    assert sorted(file.name for file in Path("target").iterdir()) == [name, "results.json"]


def test_results_of_a_command_that_ended_meanwhile_stay(rltf: Rltf, tmp_path: Path) -> None:
    second = ["score", "samples.jsonl", "--dataset", "file", "--data", "problems.jsonl"]
    second = [sys.executable, "-m", "rltf", *second, "--out", "second.jsonl"]
    plugin = tmp_path / "meanwhile.py"
    plugin.write_text(MEANWHILE.format(command=second))
    manager.load_file(plugin)
    done = rltf("score", COMPLETE, "--reward", "test-meanwhile", "--out", "first.jsonl")
    assert done.exit_code == 0
    assert read("results.json")["verdicts"] == "second.jsonl"
    assert "rltf: first.results.json\n" in done.stderr
    assert read("first.results.json")["verdicts"] == "first.jsonl"


def test_a_signal_after_the_last_step_says_that_all_is_written(
    rltf: Rltf, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place = resumable_output.put_in_place

    def then_stopped(part: Path, out: Path) -> None:
        put_in_place(part, out)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(resumable_output, "put_in_place", then_stopped)
    stopped = rltf("score", COMPLETE, "--out", "out.jsonl")
    assert stopped.exit_code == 130
    assert "rltf: stopped; out.jsonl is complete\n" in stopped.stderr
    assert read("results.json")["statuses"]["passed"] == 2
    assert [file.name for file in Path().glob("out*")] == ["out.jsonl"]


def test_sanitizing_keeps_only_what_the_tests_need(rltf: Rltf) -> None:
    noisy = f"Here you are:\n{RIGHT}\nprint(f(1))\nraise SystemExit\n"
    rows = [{"task_id": "double", "solution": noisy}, {"task_id": "echo", "solution": "print('a')"}]
    plain = json.loads(rltf("score", rows, "--json").stdout)
    clean = json.loads(rltf("score", rows, "--json", "--sanitize").stdout)
    assert (plain["sanitize"], clean["sanitize"]) == (False, True)
    assert plain["digest"] != clean["digest"]
    # A program on standard input has nothing that tests call: it stays as it is.
    assert (plain["statuses"].get("passed"), clean["statuses"]) == (1, {"passed": 2})
