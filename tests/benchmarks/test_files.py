"""benchmarks/files.py, run as a person runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from rltf import Sandbox

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "files.py"


@pytest.mark.slow
def test_a_few_tests_print_a_row_for_each_kind() -> None:
    with Sandbox(workers=1) as sandbox:
        if sandbox.run("", files=True).status == "unscored":
            pytest.skip("this machine gives no test a folder")
    command = [sys.executable, str(SCRIPT), "--rounds", "1", "--tests", "2"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2 + 2 * 6
