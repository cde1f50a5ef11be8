"""benchmarks/static.py, run as a person runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ruff")

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "static.py"


@pytest.mark.slow
def test_a_few_programs_print_a_row_for_each_analyser() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--programs", "3"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    names = [line.split("  ")[0] for line in done.stdout.splitlines()[2:]]
    assert [names[0], names[-1]] == ["ruff server", "ruff check"]
