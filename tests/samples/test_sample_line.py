from __future__ import annotations

import json
from pathlib import Path

from rltf import Problem, Sample
from rltf.dataset import LoadedDataset
from rltf.samples.sample_file import SampleFile
from rltf.samples.sample_line import sample_line

PROBLEM = Problem("t/1", "Write f.", entry_point="f")


def test_a_line_holds_the_sample_under_the_names_that_score_reads(tmp_path: Path) -> None:
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
    dataset = LoadedDataset("d", "", ("test",), [PROBLEM])
    ((_, read),) = SampleFile(path, dataset)
    assert (read.task_id, read.program) == (sample.task_id, sample.program)
