"""The fixtures that plugin authors have."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = """
from pathlib import Path

seen = []

def pytest_sessionfinish(session):
    (sandbox,) = seen
    try:
        after = sandbox.run("print(3)").stdout
    except RuntimeError as error:
        after = error
    Path("after").write_text(f"{after} {[Path(f'/proc/{p}').exists() for p in pids]}")

pids = []
"""
TESTS = """
import conftest

def test_a_program_is_judged(rltf_sandbox):
    conftest.seen.append(rltf_sandbox)
    assert rltf_sandbox.run("print(3)").stdout == "3\\n"
    conftest.pids.extend(rltf_sandbox.pids)
    assert conftest.pids

def test_the_sandbox_is_the_same_one(rltf_sandbox):
    assert rltf_sandbox is conftest.seen[0]

def test_there_are_judged_samples(rltf_judged):
    assert any(judged.verdict.passed for judged in rltf_judged)
    assert any(judged.verdict.status == "unscored" for judged in rltf_judged)
"""


def test_the_fixtures_are_there_and_the_sandbox_is_closed_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_mine.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "rltf.pytest_plugin"],
        cwd=tmp_path,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    assert (tmp_path / "after").read_text() == "the sandbox is closed [False]"


def test_pytest_starts_without_anything_heavy() -> None:
    program = (
        "import sys, rltf.pytest_plugin; "
        "heavy = {'torch', 'numpy', 'rltf.sandbox', 'rltf.testing', 'rltf.manager'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
