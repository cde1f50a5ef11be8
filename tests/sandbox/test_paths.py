"""What lies in a program's reach, in environments of different kinds."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
JUDGE = """
import json, sys
from rltf import Problem, Sandbox, TestCase
problem = Problem("t", "", [TestCase.stdin("", "42\\n")])
with Sandbox(workers=1) as sandbox:
    verdicts = [sandbox.judge(problem, code) for code in json.loads(sys.argv[1])]
    print(json.dumps([[v.status, v.error and v.error.type] for v in verdicts]))
"""
PLUGIN = "ANSWER = 42\n"


def judge(python: Path, *programs: str) -> list[tuple[str, str | None]]:
    """Status and error of each program, in a sandbox of another environment."""
    done = subprocess.run(
        [python, "-c", JUDGE, json.dumps(programs)],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [(status, error) for status, error in json.loads(done.stdout)]


def environment(path: Path) -> tuple[Path, Path]:
    """A new environment that sees the packages of this one: its Python and its site folder."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", path], check=True)
    (site,) = path.glob("lib/python3*/site-packages")
    (site / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return path / "bin" / "python", site


def test_a_sandbox_starts_where_its_needs_are_in_another_environment(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "venv")
    assert not list(site.glob("_cffi_backend*"))
    assert judge(python, "import click\nprint(42)") == [("passed", None)]


def test_a_program_reads_no_plugin_that_is_installed_beside_rltf(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "venv")
    for module in ("beside", "task_list"):
        (site / f"{module}.py").write_text(PLUGIN)
        subprocess.run([python, "-m", "compileall", "-q", site / f"{module}.py"], check=True)
    info = site / "task_list-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: task-list\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[rltf]\ntask-list = task_list\n")
    (pyc,) = (site / "__pycache__").glob("task_list.*")
    files = ("task_list.py", f"__pycache__/{pyc.name}", "task_list-1.0.dist-info/METADATA")
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in files))
    reads = [f"open({str(site / name)!r}, 'rb')" for name in files]
    assert judge(python, "import beside\nprint(beside.ANSWER)", "import task_list", *reads) == [
        ("passed", None),
        *[("forbidden", "PermissionError")] * 4,
    ]
