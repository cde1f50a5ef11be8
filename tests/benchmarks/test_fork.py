"""benchmarks/fork.py, run as a person runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fork.py"


@pytest.mark.slow
def test_every_variant_has_a_line() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--rounds", "1"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()[3:]
    assert len(rows) == 8
    assert rows[0].startswith("all of the usual modules")
    assert all(float(row.split()[-1]) > 10 for row in rows)  # page faults
