"""benchmarks/score_stream.py, run as a person runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "score_stream.py"


@pytest.mark.slow
def test_a_short_stream_prints_its_table() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--samples", "200", "--distinct", "20"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split()[:2] for line in done.stdout.splitlines()[2:]]
    assert rows == [["200", "empty"], ["200", "full"], ["20", "full"]]
