"""Files of verdicts."""

import json
from pathlib import Path

import pytest

from rltf import Problem, ProgramError, Sample, TestOutcome, Verdict
from rltf.dataset import DataError
from rltf.reward import Judged, ScoredSample
from rltf.samples.verdict_line import training_line, verdict_line
from rltf.samples.verdict_reader import holds_verdicts, read_verdicts

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
