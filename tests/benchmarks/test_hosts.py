"""benchmarks/hosts.py, run as a person runs it."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "hosts.py"


def test_a_short_run_prints_its_table() -> None:
    options = ["--rounds", "1", "--programs", "20", "--concurrent", "8", "--workers", "2"]
    done = subprocess.run([sys.executable, str(SCRIPT), *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names = [line.rsplit("  ", 2)[0].split("  ")[0] for line in done.stdout.splitlines()[2:]]
    assert names == [
        "judge_many",
        "Sandbox.judge, threads",
        "Grader, threads",
        "Grader, asyncio",
        "verl compute_score, asyncio",
        "TRL coarse, one batch",
    ]
