"""benchmarks/trainer.py, run as a person runs it, on a very small model."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "trainer.py"


@pytest.mark.slow
def test_our_trainer_is_measured_by_stage() -> None:
    command = [sys.executable, str(SCRIPT), "--only", "ours", "--steps", "1"]
    done = subprocess.run(
        [*command, "--width", "64", "--layers", "1"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    header, _, row = done.stdout.splitlines()[-3:]
    assert header.split()[:3] == ["trainer", "samples/s", "s/step"]
    name, *figures = row.split()
    assert name == "ours"
    assert all(float(figure.strip("(%)")) >= 0 for figure in figures)
