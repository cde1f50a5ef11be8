"""The lines that a sample is written as, and their way back."""

import json

import pytest

import rltf
from rltf import Problem, Sample, TestCase
from rltf.dataset import LoadedDataset
from rltf.samples.sample_file import SampleFile
from rltf.samples.verdict_line import (
    from_dict,
    sample_line,
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
