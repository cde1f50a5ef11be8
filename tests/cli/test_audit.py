"""``rltf audit``: a dataset in, a report and a better problem file out."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rltf import manager
from rltf.cli import main

WEAK = {
    "task_id": "second",
    "prompt": "The second smallest.",
    "entry_point": "second",
    "tests": [{"args": [[1, 2, 3]], "expected": 2}, {"args": [[5, 5]], "expected": 5}],
    "solutions": ["def second(xs): return sorted(xs)[1]"],
}
BROKEN = {
    "task_id": "half",
    "prompt": "Half of the number.",
    "tests": [{"input": "4\n", "output": "2\n"}],
    "solutions": ["print(int(input()) // 3)"],
}
GOOD = {
    "task_id": "add",
    "prompt": "Read two whole numbers and print their sum.",
    "tests": [
        {"input": f"{a} {b}\n", "output": f"{a + b}\n"} for a, b in ((1, 2), (-5, 4), (7, -9))
    ],
    "solutions": ["a, b = map(int, input().split())\nprint(a + b)"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RLTF_AUDITS", str(tmp_path / "audits"))
    monkeypatch.chdir(tmp_path)
    rows = (WEAK, BROKEN, GOOD)
    (tmp_path / "problems.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return tmp_path


def audit(*options: str) -> Result:
    return CliRunner().invoke(main, ["audit", "file", "--data=problems.jsonl", *options])


def test_an_audit_reports_mends_and_is_the_same_each_time(folder: Path) -> None:
    first = audit("--out", "better.jsonl", "--max-weak", "0.9")
    assert first.exit_code == 0, first.output
    assert "second: " in first.output
    assert "weak tests" in first.output
    assert "left out half: the reference fails its tests" in first.output
    report = json.loads((folder / "audit.json").read_text())
    assert report["left_out"] == {"half": "the reference fails its tests"}
    assert report["findings"]["weak_tests"]["count"] == 1
    better = [json.loads(line) for line in (folder / "better.jsonl").read_text().splitlines()]
    assert [row["task_id"] for row in better] == ["second", "add"]
    assert better[0]["tests"][:2] == WEAK["tests"]
    assert len(better[0]["tests"]) > 2
    assert "1 test added" in better[0]["metadata"]["audit"]
    assert report.pop("better") == {
        "problems": 2,
        "tests_added": 1,
        "left_out": {"half": "the reference fails its tests"},
    }
    strict = audit("--max-weak", "0.1")
    assert strict.exit_code == 1
    assert "have weak tests, and --max-weak allows 10.0%" in strict.output
    assert json.loads((folder / "audit.json").read_text()) == report


CONSTANT = {
    "task_id": "apart",
    "prompt": "The distance of two whole numbers.",
    "entry_point": "apart",
    "tests": [{"args": pair, "expected": 2} for pair in ([5, 3], [3, 5], [-1, 1], [8, 6])],
    "solutions": ["def apart(a, b): return abs(a - b)"],
}
ONE_ANSWER = {
    "task_id": "even",
    "prompt": "Return the first even number from n on, if n is 1 or 2.",
    "entry_point": "even",
    "tests": [{"args": [1], "expected": 2}, {"args": [2], "expected": 2}],
    "solutions": ["def even(n):\n    return 2"],
}


def test_tests_are_added_until_no_idle_program_is_paid(folder: Path) -> None:
    rows = (CONSTANT, ONE_ANSWER, GOOD)
    (folder / "problems.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    options = ("--check", "rewards", "--reward", "coarse,adaptive")
    done = audit(*options, "--out", "better.jsonl")
    assert "left out even: the idle program 'constant' is paid at least half" in done.output
    assert "2 of 3 problems" in done.output
    first, last = map(json.loads, (folder / "better.jsonl").read_text().splitlines())
    assert (first["task_id"], last["task_id"]) == ("apart", "add")
    assert len({test["expected"] for test in first["tests"]}) > 2
    (folder / "better.jsonl").replace(folder / "problems.jsonl")
    again = audit(*options, "--report", "again.json")
    assert json.loads((folder / "again.json").read_text())["findings"]["free_reward"]["count"] == 0
    assert again.exit_code == 0


def test_tests_are_numbered_from_one(folder: Path) -> None:
    wrong = BROKEN | {"tests": [{"input": "0\n", "output": "0\n"}, *BROKEN["tests"]]}
    (folder / "problems.jsonl").write_text(json.dumps(wrong) + "\n")
    assert "wrong_answer in test 2" in audit("--check", "references").output


def test_an_interrupted_audit_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rltf.audit import auditor

    real = auditor.Auditor.__call__
    judged = []

    def stop(self, problems):
        judged.extend(problem.task_id for problem in problems)
        if judged[-1] == "add" and len(judged) <= 3:
            raise KeyboardInterrupt
        return real(self, problems)

    monkeypatch.setattr(auditor.Auditor, "__call__", stop)
    options = ("--check", "references,contradictions")
    assert audit(*options).exit_code == 130
    done = audit(*options)
    assert "continuing after 2 of 3 problems" in done.output
    assert judged.count("second") == 1
    assert json.loads((folder / "audit.json").read_text())["problems"] == 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--check", "week"], "there is no check 'week'; did you mean 'weak'?"),
        (["--reward", "nothing"], "nothing"),
        (["--against", "file=nowhere.jsonl"], "nowhere.jsonl"),
        (["--max-weak", "2"], "--max-weak"),
        (["--report", "."], "directory"),
        (["--out", "problems.jsonl"], "it is the file that is read"),
        (["--report", "problems.jsonl"], "it is another file of this command"),
        (["--report", "x.json", "--out", "./x.json"], "it is another file of this command"),
        (["--reward", ""], "a reward name is missing"),
    ],
)
def test_a_mistake_is_one_line(folder: Path, options: list[str], says: str) -> None:
    result = (
        audit(*options, "--check", "references") if "--check" not in options else audit(*options)
    )
    assert result.exit_code in (1, 2)
    assert says in result.output
    assert "Traceback" not in result.output


def test_a_run_leaves_out_what_an_audit_found(folder: Path) -> None:
    from rltf.cli.run import _warn_of_audit
    from rltf.errors import ConfigError
    from rltf.trainer.config import Config
    from rltf.trainer.preflight import read_problems

    assert audit("--show", "0").exit_code == 0
    config = Config(dataset="file", data="problems.jsonl", warmup_steps=0)
    dataset = manager.get("dataset", "file", path="problems.jsonl")
    plain = read_problems(config, dataset, folder / "run")
    audited = read_problems(
        dataclasses.replace(config, audit="audit.json"), dataset, folder / "run"
    )
    ids = {problem.task_id for problem in plain.train}
    assert {problem.task_id for problem in audited.train} == ids - {"half"}
    with pytest.raises(ConfigError, match="no report of rltf audit"):
        read_problems(dataclasses.replace(config, audit="nowhere.json"), dataset, folder / "run")
    runner = CliRunner()
    with runner.isolation() as (_, stderr, _):
        _warn_of_audit(config)
        assert b"found 1 broken problems; --audit leaves them out" in stderr.getvalue()
