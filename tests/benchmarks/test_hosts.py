"""benchmarks/hosts.py, run as a person runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "hosts.py"


@pytest.mark.slow
def test_a_short_run_prints_its_tables(tmp_path: Path) -> None:
    """A clone of evaluate has one file that counts; here it holds the metric without its guards."""
    (tmp_path / "evaluate" / "metrics" / "code_eval").mkdir(parents=True)
    (tmp_path / "evaluate" / "metrics" / "code_eval" / "execute.py").write_text(
        "def check_correctness(program, timeout, task_id, completion_id):\n"
        "    exec(program, {})\n"
        "    return {'passed': True}\n"
    )
    options = ["--rounds", "1", "--programs", "20", "--concurrent", "8", "--workers", "2"]
    options += ["--sources", str(tmp_path)]
    done = subprocess.run([sys.executable, str(SCRIPT), *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("\n\n")
    names = [line.rsplit("  ", 2)[0].split("  ")[0] for line in first.splitlines()[2:]]
    assert second.splitlines()[2].startswith("HF code_eval ")
    assert names == [
        "judge_many",
        "Sandbox.judge, threads",
        "Grader, threads",
        "Grader, asyncio",
        "verl compute_score, asyncio",
        "TRL coarse, one batch",
    ]
