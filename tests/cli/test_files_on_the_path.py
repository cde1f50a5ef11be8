"""How many files a reader passes through who follows one sample, or one step, through rltf."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FILES_OF_A_SAMPLE = 68
FILES_OF_A_STEP = 113
"""These may go down, never up. A sample's include the table that ends ``rltf score``."""

COUNT = """
import sys, threading
from pathlib import Path

ROOT = {root!r}
files = set()

def is_import(frame):
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_code.co_filename.startswith(ROOT):
            return True
        frame = frame.f_back
    return False

def note(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_filename not in files and code.co_filename.startswith(ROOT):
        if not is_import(frame):
            files.add(code.co_filename)

from rltf.cli import main
threading.setprofile(note)
sys.setprofile(note)
try:
    main(sys.argv[1:])
finally:
    sys.setprofile(None)
    Path("files").write_text("\\n".join(sorted(file.removeprefix(ROOT) for file in files)))
"""


def files_of(tmp_path: Path, *arguments: str) -> list[str]:
    """The files of rltf in which a function runs, other than while a module is imported."""
    import rltf

    program = COUNT.format(root=str(Path(rltf.__file__).parent) + os.sep)
    subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path,
        env=os.environ | {"RLTF_PLUGINS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return (tmp_path / "files").read_text().splitlines()


def test_a_sample_of_rltf_score(tmp_path: Path) -> None:
    problem = {"task_id": "a", "prompt": "", "tests": [{"input": "1\n", "output": "1\n"}]}
    (tmp_path / "problems.jsonl").write_text(json.dumps(problem))
    sample = {"task_id": "a", "solution": "print(input())"}
    (tmp_path / "samples.jsonl").write_text(json.dumps(sample))
    source = ["--dataset", "file", "--data", "problems.jsonl"]
    files = files_of(tmp_path, "score", "samples.jsonl", *source, "--out", "out.jsonl")
    assert len(files) <= FILES_OF_A_SAMPLE, files


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_step_of_rltf_run(tmp_path: Path) -> None:
    settings = {
        "warmup_steps": 0,
        "batch_size": 2,
        "supervised_batch_size": 2,
        "problems_per_round": 1,
        "samples_per_problem": 2,
        "buffer_size": 4,
        "max_new_tokens": 8,
        "held_out_limit": 1,
    }
    options = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    files = files_of(tmp_path, "run", *options, "--steps", "1", "--out", "run")
    assert len(files) <= FILES_OF_A_STEP, files
