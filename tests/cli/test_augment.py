"""``rltf augment``: a dataset in, a problem file with more tests out."""

import json
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from rltf import manager
from rltf.cli import main

ADD = "n = int(input())\nprint(sum(map(int, input().split())))\n"
PROBLEMS = [
    {
        "task_id": "sum",
        "prompt": "Read n and n numbers; print their sum.",
        "tests": [
            {"input": "3\n1 2 3\n", "output": "6\n", "visible": True},
            {"input": "2\n5 5\n", "output": "10\n"},
        ],
        "solutions": [ADD, "input()\nprint(sum(map(int, input().split())))\n"],
    },
    {
        "task_id": "top",
        "prompt": "The largest.",
        "entry_point": "top",
        "tests": [{"args": [[1, 2, 3]], "expected": 3}, {"args": [[4, 9]], "expected": 9}],
        "solutions": ["def top(xs):\n    return max(xs)\n"],
    },
    {
        "task_id": "mean",
        "prompt": "The mean.",
        "setup_code": "import math",
        "tests": [{"assert": "assert mean([1, 2, 3]) == 2"}],
        "solutions": ["def mean(xs):\n    return sum(xs) / len(xs)\n"],
    },
    {"task_id": "lone", "prompt": "?", "tests": [{"input": "1", "output": "1"}]},
]
UNTESTED = {"task_id": "untested", "prompt": "?", "tests": []}
WRONG = [
    {"task_id": "sum", "solution": "print({'3': 6, '2': 10}[input()])"},
    {"task_id": "top", "solution": "def top(xs):\n    return xs[-1]"},
    {"task_id": "mean", "solution": "def mean(xs):\n    return 2"},
]


@pytest.fixture
def files(tmp_path):
    for name, rows in (("problems", [*PROBLEMS, UNTESTED]), ("wrong", WRONG)):
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return tmp_path


@pytest.fixture
def augment(files):
    def augment(*options, out="more.jsonl"):
        arguments = [f"--data={files}/problems.jsonl", f"--out={files / out}", *options]
        return CliRunner().invoke(main, ["augment", "file", *arguments])

    return augment


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_recorded_wrong_programs_fail_in_the_file_that_is_written(files, augment):
    result = augment("--wrong", str(files / "wrong.jsonl"))
    assert result.exit_code == 0, result.output
    written = rows(files / "more.jsonl")
    for before, after in zip(PROBLEMS, written, strict=True):
        existing = before["tests"]
        assert after["tests"][: len(existing)] == existing
        assert {key: after[key] for key in before if key != "tests"} == {
            key: before[key] for key in before if key != "tests"
        }
        assert (len(after["tests"]) > len(existing)) == (before["task_id"] != "lone")
    more = ["--dataset", "file", "--data", str(files / "more.jsonl")]
    scored = CliRunner().invoke(main, ["score", str(files / "wrong.jsonl"), *more])
    verdicts = [json.loads(line) for line in scored.stdout.splitlines()]
    assert [verdict["passed"] for verdict in verdicts] == [False] * 3
    checked = CliRunner().invoke(main, ["bench", "file", *more[2:], "--check-references", "--json"])
    report = json.loads(checked.stdout)
    assert (report["programs"], report["failing_problems"]) == (4, 0)
    existing = sum(len(before["tests"]) for before in PROBLEMS)
    new = sum(len(after["tests"]) for after in written) - existing
    assert f"rltf: {new} new tests for 3 of 4 problems" in result.stderr
    assert "and all 4 references pass" in result.stderr
    assert "rltf: left as they are, without a reference program: 1" in result.stderr
    assert "rltf: left out, without tests: 1" in result.stderr


def test_the_same_seed_writes_the_same_file(files, augment):
    for out in ("one.jsonl", "two.jsonl"):
        assert augment("--tests-per-problem", "3", "--limit", "2", out=out).exit_code == 0
    assert (files / "one.jsonl").read_bytes() == (files / "two.jsonl").read_bytes()


def test_no_more_tests_than_asked_for_and_the_first_problems_only(files, augment):
    assert augment("--tests-per-problem", "1", "--limit", "2").exit_code == 0
    written = rows(files / "more.jsonl")
    assert [row["task_id"] for row in written] == ["sum", "top"]
    assert all(len(row["tests"]) <= 3 for row in written)


def test_mini_goes_through_a_file_as_it_is(tmp_path):
    out = tmp_path / "mini.jsonl"
    done = CliRunner().invoke(main, ["augment", "mini", "--limit", "1", "--out", str(out)])
    assert done.exit_code == 0, done.output
    read = manager.get("dataset", "file", path=str(out)).problems()
    for before, after in zip(manager.get("dataset", "mini").problems()[:1], read, strict=True):
        assert after.tests[: len(before.tests)] == before.tests
        assert (after.prompt, after.solutions, after.limits) == (
            before.prompt,
            before.solutions,
            before.limits,
        )


@pytest.mark.slow
def test_a_real_model_that_has_no_ideas_does_no_harm(files, augment):
    result = augment("--policy", "tiny", "--limit", "1")
    assert result.exit_code == 0, result.output
    assert len(rows(files / "more.jsonl")) == 1


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--data", "nowhere.jsonl"], "nowhere.jsonl: No such file"),
        (["--out", "no/folder/x"], "cannot write no/folder/x"),
        (["--split", "dev"], "has no split 'dev'"),
        (["--policy", "tinny"], "did you mean tiny"),
        (["--wrong", "none.jsonl"], "none.jsonl: No such file"),
        (["--wrong", "problems.jsonl"], "problems.jsonl, line 1: must be"),
        (["--tests-per-problem", "0"], "it must be a whole number of at least 1, not 0."),
    ],
)
def test_bad_usage_is_one_line(options, fault, files, monkeypatch):
    monkeypatch.chdir(files)
    defaults = ["--data", "problems.jsonl", "--out", "x.jsonl"]
    result = CliRunner().invoke(main, ["augment", "file", *defaults, *options])
    assert result.exit_code == 2
    assert fault in result.stderr
    assert len(result.stderr.splitlines()) <= 2
    assert {path.name for path in files.iterdir()} == {"problems.jsonl", "wrong.jsonl"}


def test_the_data_are_not_written_over(files, augment):
    before = (files / "problems.jsonl").read_bytes()
    result = augment(out="problems.jsonl")
    assert result.exit_code == 2
    assert (files / "problems.jsonl").read_bytes() == before


def test_a_kill_leaves_no_file_of_the_final_name(files):
    slow = PROBLEMS[1] | {
        "solutions": ["def top(xs):\n    for _ in range(4_000_000): pass\n    return max(xs)\n"]
    }
    lines = [json.dumps(slow | {"task_id": f"slow{n}"}) for n in range(9)]
    (files / "problems.jsonl").write_text("\n".join(lines))
    command = [sys.executable, "-m", "rltf", "augment", "file", "--data", "problems.jsonl"]
    process = subprocess.Popen([*command, "--out", "more.jsonl"], cwd=files)
    part = files / "more.jsonl.part"
    while not part.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait() != 0
    assert not (files / "more.jsonl").exists()


def test_a_full_disk_is_one_line(files, augment):
    (files / "more.jsonl.part").symlink_to("/dev/full")
    result = augment("--limit", "1")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"rltf: cannot write {files / 'more.jsonl'}: No space left on device; free some space, "
        "then run the command again"
    )
    assert not (files / "more.jsonl").exists()
