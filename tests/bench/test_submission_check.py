"""``--check-references`` compares a dataset's submissions with their expected verdicts."""

import json

from click.testing import CliRunner

from rltf.bench.submission_check import first_status
from rltf.cli import main
from rltf.submission import NOT_PASSED
from rltf.verdict import TestOutcome, Verdict

PROBLEM = {
    "task_id": "half",
    "prompt": "Halve.",
    "entry_point": "f",
    "tests": [{"args": [4], "expected": 2}, {"args": [0], "expected": 0}],
    "solutions": ["def f(x):\n    return x // 2\n"],
    "submissions": [
        {
            "name": "wrong_answer/twice.py",
            "program": "def f(x):\n    return 2 * x\n",
            "expected": ["wrong_answer"],
        },
        {
            "name": "run_time_error/divides.py",
            "program": "def f(x):\n    return x // 2 if x else 1 // x\n",
            "expected": ["runtime_error"],
        },
        {"name": "buggy.py", "program": "f = 3\n", "expected": list(NOT_PASSED)},
    ],
}
RIGHT = "def f(x):\n    return x // 2\n"


def check(tmp_path, *options, **change):
    path = tmp_path / "problems.jsonl"
    path.write_text(json.dumps(PROBLEM | change))
    command = ["bench", "file", "--data", str(path), "--check-references", *options]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_submissions_get_their_verdicts(tmp_path):
    assert "3 of 3 submissions get the verdict that they must get" in check(tmp_path)
    assert json.loads(check(tmp_path, "--json"))["submissions"] == {
        "programs": 3,
        "unexpected": [],
    }


def test_another_verdict_is_shown(tmp_path):
    wrong = [submission | {"program": RIGHT} for submission in PROBLEM["submissions"]]
    shown = check(tmp_path, submissions=wrong)
    assert "half, wrong_answer/twice.py: passed, not wrong_answer" in shown
    assert "half, buggy.py: passed, not any failure" in shown
    assert "0 of 3 submissions" in shown
    report = json.loads(check(tmp_path, "--json", submissions=wrong))
    assert [entry["status"] for entry in report["submissions"]["unexpected"]] == ["passed"] * 3


def test_without_submissions_nothing_is_said(tmp_path):
    assert "submission" not in check(tmp_path, submissions=[])


def test_the_first_failure_counts():
    verdict = Verdict.of(
        [TestOutcome("passed"), TestOutcome("wrong_answer"), TestOutcome("timeout")]
    )
    assert verdict.status == "timeout"
    assert first_status(verdict) == "wrong_answer"
    assert first_status(Verdict.of([TestOutcome("passed")])) == "passed"
    unscored = Verdict.of([TestOutcome("wrong_answer"), TestOutcome("unscored", reason="x")])
    assert first_status(unscored) == "unscored"
