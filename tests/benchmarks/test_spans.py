"""benchmarks/spans.py, run as a person runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "spans.py"


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *options], capture_output=True, text=True)


@pytest.mark.slow
def test_every_program_has_a_line() -> None:
    done = run("--tokens", "64")
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()[4:]]
    assert [row[:2] for row in rows] == [["ASCII", "64"], ["accents", "64"]]
    assert all(int(number.replace(",", "")) > 0 for row in rows for number in row[2:])


def test_more_tokens_than_the_sources_have_are_named() -> None:
    done = run("--tokens", "10000000")
    assert done.returncode == 2
    assert "the sources have" in done.stderr
