"""benchmarks/serve.py, run as a person runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "serve.py"


@pytest.mark.slow
def test_a_few_requests_print_a_row_for_each_client_and_server() -> None:
    command = [
        sys.executable,
        str(SCRIPT),
        "--rounds",
        "1",
        "--requests",
        "20",
        "--connections",
        "4",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2 + 4 + 1 + 4
    assert "of the empty server" in lines[-2]
