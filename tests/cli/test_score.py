"""``rltf score``: samples made elsewhere in, a line of JSON a program out."""

import json
import os

import pytest
from click.testing import CliRunner

from rltf import manager
from rltf.cli import main

PROBLEMS = [
    {
        "task_id": "double",
        "prompt": "def f(x):\n",
        "entry_point": "f",
        "tests": [{"args": [n], "expected": 2 * n} for n in (0, 1)],
    },
    {"task_id": 7, "prompt": "Echo.", "tests": [{"input": "a\n", "output": "a\n"}]},
    {"task_id": "none", "prompt": "Anything.", "tests": []},
]


PLUGIN = """
from pathlib import Path
from rltf import Sandbox, hookimpl

def emptying():
    Path(SAMPLES).write_text("")
    return Sandbox()

@hookimpl
def rltf_register_executors(register):
    register("test-emptying", emptying)
"""


@pytest.fixture
def score(tmp_path):
    (tmp_path / "problems.jsonl").write_text("\n".join(map(json.dumps, PROBLEMS)))

    def score(*samples, options=()):
        path = tmp_path / "samples.jsonl"
        path.write_text("".join(f"{json.dumps(sample)}\n" for sample in samples))
        data = ["--dataset", "file", "--data", str(tmp_path / "problems.jsonl")]
        return CliRunner().invoke(main, ["score", str(path), *data, *options])

    return score


def test_a_line_a_program_in_input_order(score):
    result = score(
        {"task_id": "7", "solution": "print(input())"},
        {"task_id": "double", "completion": "    return x"},
        {"task_id": "double", "solution": ["def f(x): return 2 * x", "def f(x): return x / y"]},
        {"prompt": "Echo.", "response": "```python\nprint('a'\n```"},
    )
    assert result.exit_code == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [
        (line["task_id"], line["sample"], line["status"], line["passed"], line["pass_ratio"])
        for line in lines
    ] == [
        ("7", 0, "passed", True, 1.0),
        ("double", 0, "wrong_answer", False, 0.5),
        ("double", 1, "passed", True, 1.0),
        ("double", 2, "runtime_error", False, 0.0),
        ("7", 1, "syntax_error", False, 0.0),
    ]
    assert lines[1]["rewards"] == {"coarse": -0.3, "fine": 0.0, "adaptive": -0.3 + 1.3 * 0.5}
    assert lines[3]["rewards"] == {"coarse": -0.6, "fine": -0.3, "adaptive": None}
    assert [test["status"] for test in lines[1]["tests"]] == ["passed", "wrong_answer"]
    assert {"status", "cpu_s", "wall_s"} <= lines[1]["tests"][0].keys()
    assert lines[1]["error"] is None
    error = lines[3]["error"]
    assert (error["type"], error["line"]) == ("NameError", 1)
    assert lines[0]["judging"] == "split"
    assert "5 samples in" in result.stderr


def test_the_keys_are_those_of_the_design_and_the_form_is_json_dumps_own(score):
    result = score({"task_id": "7", "solution": "print('ä')"}, options=["--reward", "fine"])
    line = json.loads(result.stdout)
    assert json.dumps(line) + "\n" == result.stdout
    assert list(line) == [
        "task_id",
        "sample",
        "status",
        "passed",
        "pass_ratio",
        "judging",
        "attempts",
        "tests",
        "error",
        "layers",
        "rewards",
        "schema",
    ]
    assert {"no_new_privs", "seccomp", "rlimits"} <= set(line["layers"])
    assert list(line["rewards"]) == ["fine"]


def test_a_problem_without_tests_is_unscored_with_the_reason(score):
    line = json.loads(score({"task_id": "none", "solution": ""}).stdout)
    assert (line["status"], line["passed"], line["pass_ratio"]) == ("unscored", False, None)
    assert line["reason"] == "the problem has no tests"
    assert line["rewards"] == {"coarse": None, "fine": None, "adaptive": None}


def test_out_takes_its_name_when_it_is_whole(score, tmp_path):
    out = tmp_path / "out.jsonl"
    result = score({"task_id": 7, "solution": "print('a')"}, options=["--out", str(out)])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert json.loads(out.read_text())["passed"] is True
    assert list(tmp_path.glob("*.part")) == []


def test_a_bad_line_is_named_before_anything_is_written(score, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("earlier")
    result = score(
        {"task_id": 7, "solution": ""},
        {"task_id": "doubel", "solution": ""},
        options=["--out", str(out)],
    )
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "samples.jsonl, line 2: dataset problems has no task 'doubel'; did you mean 'double'?\n"
    )
    assert result.stderr.count("\n") == 1
    assert out.read_text() == "earlier"


def test_a_pipe_is_refused_for_it_is_read_once(score, tmp_path):
    score()
    os.mkfifo(tmp_path / "pipe")
    data = ["--dataset", "file", "--data", str(tmp_path / "problems.jsonl")]
    result = CliRunner().invoke(main, ["score", str(tmp_path / "pipe"), *data])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pipe: not a regular file; samples are read twice" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_that_changes_meanwhile_is_an_error(score, tmp_path):
    plugin = tmp_path / "plugin.py"
    plugin.write_text(f"SAMPLES = {str(tmp_path / 'samples.jsonl')!r}\n{PLUGIN}")
    manager.load_file(plugin)
    out = tmp_path / "out.jsonl"
    options = ["--executor", "test-emptying", "--out", str(out)]
    result = score({"task_id": 7, "solution": ""}, options=options)
    assert result.exit_code == 1
    assert "samples.jsonl changed while it was judged: 1 samples at first, then 0" in result.stderr
    assert not out.exists()


def test_a_folder_or_a_pipe_to_write_to_is_refused(score, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for out in (tmp_path, tmp_path / "pipe"):
        result = score({"task_id": 7, "solution": ""}, options=["--out", str(out)])
        assert result.exit_code == 2
        assert f"cannot write {out}: it is there, and is not a regular file." in result.stderr
        assert "samples in" not in result.stderr


def test_an_empty_file_gives_no_lines(score):
    result = score()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 samples" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--reward", "finne"], "unknown reward 'finne'; did you mean fine?"),
        (["--reward", "fine,fine"], "given twice"),
        (["--executor", "sandbix"], "unknown executor 'sandbix'; did you mean sandbox?"),
        (["--dataset", "fil"], "unknown dataset 'fil'; did you mean file?"),
        (["--data", "no_such_file"], "no_such_file: No such file or directory"),
        (["--dataset", "mini"], "mini is built in"),
        (["--out", "/no/such/folder/out.jsonl"], "cannot write /no/such/folder/out.jsonl"),
    ],
)
def test_bad_usage_is_one_line(score, options, message):
    result = score({"task_id": 7, "solution": ""}, options=options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
