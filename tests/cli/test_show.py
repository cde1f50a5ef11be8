"""``rltf show``: a real run's samples, and files as hostile and torn as they get."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rltf.cli import main
from rltf.trainer.config import Config

PROBLEM = {
    "prompt": "Return x plus 1.",
    "entry_point": "f",
    "tests": [{"args": [1], "expected": 2}, {"args": [3], "expected": 4}],
}


def sample(task_id: str, program: str, **fields: Any) -> dict[str, Any]:
    """A line as ``rltf run`` writes it."""
    line: dict[str, Any] = {
        "task_id": task_id, "sample": 0, "status": "syntax_error", "pass_ratio": 0.0,
        "judging": "split", "tests": [], "error": None, "layers": [], "reason": "",
        "rewards": {"coarse": -1.0, "fine": None}, "schema": 1, "solution": program,
        "truncated": False, "greedy": False, "policy_step": 2, "advantages": None,
    }  # fmt: skip
    return line | fields


OUTCOME = {"status": "wrong_answer", "error": None, "stdout": "", "stderr": ""}
MEASURED = {"cpu_s": 0.0, "wall_s": 0.0, "peak_memory_mb": 0.0}
WRONG = "def f(x):\n    return x"
LINES = [
    sample("add", "def f(", greedy=True, status="timeout", policy_step=0),
    sample("add", "def f(x:", policy_step=0, truncated=True),
    sample(
        "add", WRONG, status="wrong_answer", rewards={"coarse": -0.3, "fine": 0.1},
        tests=[OUTCOME] * 2, advantages=[[0, 0.5], [4, -0.25], [14, 0.0]],
    ),
    sample("other", "pass", status="passed", rewards={"coarse": 1.0}, advantages=[[0, 2.0]]),
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run that goes on: its last line is not whole yet."""
    data = tmp_path / "problems.jsonl"
    data.write_text(f"{json.dumps(PROBLEM | {'task_id': 'add'})}\n")
    config = Config(dataset="file", data=str(data), reward="coarse,fine:2", isolation="program")
    (tmp_path / "config.json").write_text(json.dumps(config.to_dict()))
    text = "".join(f"{json.dumps(line)}\n" for line in LINES)
    (tmp_path / "samples.jsonl").write_text(text + text[:40])
    return tmp_path


@pytest.fixture
def show(run: Path) -> Callable[..., str]:
    def call(*words: str, code: int = 0, **environment: str) -> str:
        result = CliRunner().invoke(main, ["show", str(run), *words], env=environment)
        assert result.exit_code == code, result.output
        return result.output

    return call


def test_without_a_filter_it_is_a_table_of_the_tasks(show: Callable[..., str]) -> None:
    header, _, *rows = show().splitlines()
    assert header.split("  ")[0] == "task"
    assert [row.split() for row in rows] == [
        ["add", "2", "0", "wrong_answer", "wrong_answer", "timeout", "-0.550"],
        ["other", "1", "1", "passed", "passed", "1.000"],
    ]
    assert json.loads(show("--json", "--limit", "1")) == {
        "task_id": "add", "samples": 2, "passed": 0, "best": "wrong_answer",
        "last": "wrong_answer", "greedy": "timeout", "reward": pytest.approx(-0.55),
    }  # fmt: skip


def test_a_sample_is_shown_with_its_failing_test_and_marks(show: Callable[..., str]) -> None:
    assert show("--task", "add", "--limit", "1").splitlines() == [
        "add, sample 0, after step 2: wrong_answer, 0 of 2 tests passed",
        "rewards: coarse -0.3, fine 0.1",
        "diagnosis: failure",
        "  f(1)",
        "expected: 2",
        "got:      1",
        "advantages from -0.25 to +0.5: - below 0, + above 0, of a line or below it",
        "  1 │ def f(x):",
        "    │ ++++-----",
        "  2 │     return x",
        "    │ ----",
        "",
        "the last 1 of 3 samples; --limit N shows more",
    ]


def test_filters_choose_samples(show: Callable[..., str]) -> None:
    assert "def f(x:" in show("--step", "0", "--status", "syntax_error")
    assert "training learns nothing from it" in show("--step", "0", "--status", "syntax_error")
    assert "\n+ 1 │ pass\n" in show("--status", "passed")
    assert show("--task", "nothing") == "no samples\n"
    lines = show("--task", "add", "--json").splitlines()
    assert [json.loads(line) for line in lines] == LINES[:3]


@pytest.mark.parametrize(
    ("terminal", "positive", "negative"),
    [
        ({"COLORTERM": "truecolor"}, "\x1b[38;2;0;170;70m", "\x1b[38;2;180;85;85m"),
        ({"COLORTERM": ""}, "\x1b[38;5;35m", "\x1b[38;5;174m"),
    ],
)
def test_colours_show_how_much_each_token_counts(
    terminal: dict[str, str], positive: str, negative: str, show: Callable[..., str]
) -> None:
    text = show("--task", "add", "--limit", "1", FORCE_COLOR="1", NO_COLOR="", **terminal)
    assert f"1 │ {positive}def \x1b[0m{negative}f(x):\x1b[0m\n" in text
    assert f"2 │ {negative}    \x1b[0mreturn x\n" in text
    assert f"from {negative}-0.25\x1b[0m to {positive}+0.5\x1b[0m: red below 0" in text
    assert "\x1b" not in show("--task", "add", FORCE_COLOR="1", NO_COLOR="1")


def test_hostile_text_does_not_reach_the_terminal(run: Path, show: Callable[..., str]) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\r\x9b31m\u202e\x00\ud800\u2028"
    error = {
        "type": hostile, "message": hostile, "line": 1, "column": None, "end_line": None,
        "end_column": None, "during": "test",
    }  # fmt: skip
    test = OUTCOME | {"status": "runtime_error", "error": error, "stdout": hostile}
    for task in ("add", f"gone{hostile}"):
        line = sample(task, hostile, status="runtime_error", tests=[test], error=error)
        (run / "samples.jsonl").write_text(f"{json.dumps(line)}\n")
        for words in ((), ("--task", task), ("--status", "runtime_error")):
            text = show(*words, FORCE_COLOR="1", COLORTERM="truecolor")
            assert all(each.isprintable() or each == "\n" for each in text), words
    assert r"1 │ \x1b]0;owned\x07\x1b[2J\r\x9b31m\u202e\x00\ud800\u2028" in text


def test_what_is_no_run_or_no_sample_is_one_clear_line(run: Path, show: Callable[..., str]) -> None:
    (run / "samples.jsonl").write_text('{"task_id": 1}\n')
    assert "line 1 is not the line of a sample that rltf run writes" in show(code=2)
    (run / "samples.jsonl").unlink()
    assert f"cannot read {run}/samples.jsonl: No such file or directory" in show(code=2)
    (run / "config.json").unlink()
    assert f"{run} holds no run: there is no config.json in it" in show(code=2)


def test_a_real_run_keeps_what_is_shown(forked: Any, tmp_path: Path) -> None:
    settings = {
        "steps": 1, "warmup_steps": 0, "held_out_limit": 1, "candidates_per_round": "none",
        "problems_per_round": 1, "samples_per_problem": 3, "buffer_size": 3, "max_new_tokens": 8,
    }  # fmt: skip
    folder = tmp_path / "run"
    words = [f"--set={name}={value}" for name, value in settings.items()]
    assert forked(["run", "--policy", "tiny", "--out", folder, *words]).code == 0
    shown = forked(["show", folder, "--status", "syntax_error"])
    assert shown.code == 0, shown.stderr
    assert "diagnosis: syntax_error" in shown.stdout
    lines = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    # the round of the step, and the next one, which is judged meanwhile
    assert [("advantages" in line) for line in lines] == [False, True, True, True] * 2
