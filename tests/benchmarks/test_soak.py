"""benchmarks/soak.py, run as a person runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "soak.py"


@pytest.mark.slow
def test_a_short_run_leaves_nothing() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--tests", "1500"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
