"""What a program may do, and so its verdict, is the same without Landlock and without namespaces."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ASKED = ("test_statuses.py", "test_ordinary_programs.py", "test_answers_stay_out.py")


def on_the_floor(*command: str) -> subprocess.CompletedProcess[str]:
    floor = [sys.executable, str(HERE / "floor.py"), sys.executable]
    return subprocess.run([*floor, *command], capture_output=True, text=True, cwd=HERE.parents[1])


def test_the_layers_in_force_are_told() -> None:
    program = "from rltf.sandbox import Sandbox\nprint(*Sandbox(workers=1).layers)"
    here = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    there = on_the_floor("-c", program)
    assert "seccomp" in here.stdout
    assert set(there.stdout.split()) == set(here.stdout.split()) - {
        "landlock",
        "user_ns",
        "net_ns",
        "ipc_ns",
    }


def test_every_status_is_the_same_on_the_floor() -> None:
    tests = [str(HERE / name) for name in ASKED]
    done = on_the_floor("-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout
