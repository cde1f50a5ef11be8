"""The lines that a sample is written as, their way back, and their counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rltf
from rltf import Problem, ProgramError, Sample, TestCase, TestOutcome, Verdict
from rltf.dataset import DataError, LoadedDataset
from rltf.reward import Judged, ScoredSample
from rltf.samples.sample_file import SampleFile
from rltf.samples.verdict_line import (
    JudgingCounts,
    from_dict,
    holds_verdicts,
    read_verdicts,
    sample_line,
    training_line,
    verdict_from_dict,
    verdict_line,
    verdict_to_dict,
)

DOUBLE = Problem("double", "…", [TestCase.call([n], 2 * n) for n in (0, 1)], entry_point="f")
NO_TESTS = Problem("none", "…")
PROGRAMS = [
    "def f(x): return 2 * x",
    "def f(x): return x",
    "def f(x): return x / 0",
    "def f(x: return",
    "print('ä')\ndef f(x): raise SystemExit(3)",
]


@pytest.fixture(scope="module")
def scored(sandbox):
    samples = [Sample("double", program, index=i) for i, program in enumerate(PROGRAMS)]
    samples.append(Sample("none", "x = 1"))
    return rltf.score(samples, [DOUBLE, NO_TESTS], sandbox=sandbox)


def test_a_line_comes_back_as_it_was_written(scored):
    for one in scored:
        line = verdict_line(one)
        read = from_dict(json.loads(json.dumps(line)))
        assert (read.task_id, read.sample) == (one.sample.task_id, one.sample.index)
        assert read.rewards == one.rewards
        assert verdict_to_dict(read.verdict) == verdict_to_dict(one.verdict)
        assert read.verdict.status == one.verdict.status
        assert read.verdict.error == one.verdict.error
        assert read.verdict.reason == one.verdict.reason


def test_tests_that_were_not_run_count_after_reading_too():
    with rltf.Sandbox(workers=1, stop_on_failure=True) as stopping:
        problem = Problem("t", "", [TestCase.call([n], 9) for n in range(4)], entry_point="f")
        verdict = stopping.judge(problem, "def f(x): return 9 if x < 1 else 0")
    form = verdict_to_dict(verdict)
    assert form["not_run"] == 2
    assert verdict_from_dict(form).pass_ratio == verdict.pass_ratio == 0.25


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"schema": 2}, '"schema" must be 1, not 2'),
        ({"status": "fine"}, "there is no status 'fine'"),
        ({"tests": [{"status": "passed"}]}, '"error" is missing'),
        ({"tests": [{"status": "passed", "error": None, "speed": 3}]}, "no verdict"),
        ({"tests": 3}, "no verdict"),
        ({"error": "NameError"}, "no verdict"),
    ],
)
def test_a_line_that_is_none_is_an_error(scored, change, fault):
    with pytest.raises(ValueError, match=fault):
        from_dict(verdict_line(scored[0]) | change)


@pytest.mark.parametrize("key", ["task_id", "sample", "status", "tests", "layers", "rewards"])
def test_a_missing_key_is_named(scored, key):
    line = verdict_line(scored[0])
    del line[key]
    with pytest.raises(ValueError, match=f'"{key}" is missing'):
        from_dict(line)
    with pytest.raises(ValueError, match="must be an object"):
        from_dict([line])


def test_a_line_holds_the_sample_under_the_names_that_score_reads(tmp_path):
    sample = Sample("t/1", "def f(): pass\n", index=0, truncated=True)
    line = sample_line(sample)
    assert line == {
        "schema": 1,
        "task_id": "t/1",
        "sample": 0,
        "solution": "def f(): pass\n",
        "truncated": True,
    }
    path = tmp_path / "samples.jsonl"
    path.write_text(json.dumps(line))
    dataset = LoadedDataset("d", "", ("test",), [Problem("t/1", "Write f.", entry_point="f")])
    ((_, read),) = SampleFile(path, dataset)
    assert (read.task_id, read.program) == (sample.task_id, sample.program)


ERROR = ProgramError("ValueError", "no", line=1)
FAILED = TestOutcome("runtime_error", ERROR, cpu_s=0.5, wall_s=0.75, peak_memory_mb=9.0)
VERDICT = Verdict("runtime_error", (FAILED,), ERROR)
SAMPLE = Sample("t", "raise ValueError('no')", index=3, policy_step=7, truncated=True)
SCORED = ScoredSample(Judged(Problem("t", ""), SAMPLE, VERDICT, None), {})


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def test_verdicts_are_read_with_their_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "verdicts.jsonl", verdict_line(SCORED), verdict_line(SCORED))
    assert holds_verdicts(path)
    read = list(read_verdicts(path))
    assert [row.position for row, _ in read] == ["line 1", "line 2"]
    assert read[0][1].verdict == VERDICT


def test_a_row_without_a_verdict_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "verdicts.jsonl", verdict_line(SCORED), {"schema": 1})
    with pytest.raises(DataError, match=r'verdicts\.jsonl, line 2: "status" is missing'):
        list(read_verdicts(path))


def test_the_line_of_a_run_is_that_of_a_verdict_without_measurements(tmp_path: Path) -> None:
    line = training_line(SCORED, greedy=True)
    programs = {"solution": SAMPLE.program, "program": SAMPLE.program}
    added = programs | {"truncated": True, "greedy": True, "policy_step": 7}
    assert line.items() >= added.items()
    assert line.keys() == verdict_line(SCORED).keys() | added.keys() | {"reason"}
    assert line["tests"][0].keys().isdisjoint({"cpu_s", "wall_s", "peak_memory_mb"})
    for name in ("program", "solution"):  # an older run's file has no solution
        old = {key: value for key, value in line.items() if key != name}
        assert not holds_verdicts(write(tmp_path / "old.jsonl", old))
    path = write(tmp_path / "samples.jsonl", line)
    assert not holds_verdicts(path)
    ((_, read),) = read_verdicts(path)
    assert (read.task_id, read.sample, read.verdict.status) == ("t", 3, "runtime_error")
    assert read.verdict.error == ERROR


SPLIT = TestOutcome("passed")
GUARDED = TestOutcome("wrong_answer", judging="guarded", judging_reason="a reason")
NO_TEST = TestOutcome("unscored", reason="no mode")


def counted(*samples: list[TestOutcome]) -> JudgingCounts:
    counts = JudgingCounts()
    for tests in samples:
        counts.add(verdict_to_dict(Verdict.of(tests)))
    return counts


def test_samples_and_tests_are_counted_by_mode_with_the_reasons() -> None:
    counts = counted([SPLIT, SPLIT], [SPLIT, GUARDED], [GUARDED, NO_TEST], [GUARDED])
    assert counts.to_dict() == {
        "samples": {"split": 1, "guarded": 2, "unscored": 1},
        "passed": {"split": 1, "guarded": 0},
        "tests": {"split": 3, "guarded": 3, "unscored": 1},
        "guarded_because": {"a reason": 2},
        "unscored_because": {"no mode": 1},
    }
    assert counts.guarded == 2
    assert list(counts.reasons("guarded")) == ["2 guarded: a reason"]


def test_only_the_most_frequent_reasons_are_shown() -> None:
    samples = [[TestOutcome("unscored", reason=f"reason {n}")] for n in range(12)]
    lines = list(counted(*samples, samples[5]).reasons("unscored"))
    assert lines[0] == "2 unscored: reason 5"
    assert lines[-1] == "unscored for 2 more reasons"
    assert len(lines) == 11


def test_lines_of_older_versions_have_no_reason() -> None:
    counts = JudgingCounts()
    counts.add({"status": "passed", "judging": "guarded", "tests": [{"status": "passed"}]})
    assert counts.to_dict()["guarded_because"] == {"not recorded": 1}
    assert counts.to_dict()["tests"] == {"split": 1, "guarded": 0, "unscored": 0}
