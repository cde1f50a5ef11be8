"""benchmarks/sandbox.py, run as a person runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "sandbox.py"


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--quick", "--workers", "1", *options]
    return subprocess.run(command, capture_output=True, text=True)


def one_task(folder: Path, program: str) -> Path:
    task = {
        "task_id": 1,
        "code": program,
        "test_setup_code": "",
        "test_list": ["assert double(1) == 2", "assert double(2) == 4", "assert double(3) == 6"],
    }
    path = folder / "mbpp.jsonl"
    path.write_text(json.dumps(task) + "\n")
    return path


@pytest.mark.slow
def test_every_workload_has_the_floor_ours_and_another_version(tmp_path: Path) -> None:
    done = run("--mbpp", str(tmp_path / "absent.jsonl"), "--before", sys.executable)
    assert done.returncode == 0, done.stderr
    for workload in ("mini, 3 asserts  ", "mini, 3 asserts as code", "stdin, 20 tests", "numpy"):
        rows = [line for line in done.stdout.splitlines() if line.startswith(workload)]
        for contestant in ("plain fork", "rltf", "rltf before"):
            for isolation in ("test", "program"):
                matching = [
                    row for row in rows if f" {contestant}   " in row and f" {isolation} " in row
                ]
                assert len(matching) == 1, (workload, contestant, isolation)
    assert "mini, 3 asserts: rltf makes 6 candidate and 0 judge forks" in done.stdout


def test_a_program_that_fails_is_an_error_and_no_figure(tmp_path: Path) -> None:
    wrong = one_task(tmp_path, "def double(number):\n    return number * number\n")
    done = run("--mbpp", str(wrong))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Error: MBPP, 3 asserts: plain fork failed 2 times"
    assert "tests/s" not in done.stdout


def test_bad_numbers_of_workers_are_named() -> None:
    done = run("--workers", "0,x")
    assert done.returncode == 2
    assert "give numbers from 1 up" in done.stderr
