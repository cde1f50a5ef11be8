"""What the documents say to type works."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from rltf.cli import main

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROBLEM = {
    "task_id": "twice",
    "prompt": "Return twice the number.",
    "entry_point": "f",
    "tests": [{"args": [2], "expected": 4}],
}
VERDICT = {
    "task_id": "twice",
    "sample": 0,
    "status": "passed",
    "judging": "split",
    "tests": [],
    "error": None,
    "rewards": {},
    "layers": [],
    "schema": 1,
}


def blocks(language: str) -> list[str]:
    pattern = re.compile(rf"^```{language}\n(.*?)^```", re.M | re.S)
    return [block for path in DOCUMENTS for block in pattern.findall(path.read_text())]


COMMANDS = [line[2:] for block in blocks("console") for line in block.splitlines()]
FILES = {
    match[1]: block for block in blocks("python") if (match := re.match(r"# (\w+\.py)\n", block))
}
"""Name of a file that the documents show, to its content."""
PROGRAMS = [block for block in blocks("python") if block not in FILES.values()]


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder with the files that the documents' commands name."""
    (tmp_path / "hello.py").write_text("print('hello')\n")
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    problems = [PROBLEM, PROBLEM | {"task_id": "double"}]
    (tmp_path / "problems.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in problems))
    program = "def f(x):\n    return x + x\n"
    samples = [{"task_id": problem["task_id"], "solution": program} for problem in problems]
    (tmp_path / "samples.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in samples))
    verdicts = [VERDICT | {"task_id": problem["task_id"]} for problem in problems]
    (tmp_path / "verdicts.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in verdicts))
    return tmp_path


def test_there_is_something_to_type() -> None:
    assert len(COMMANDS) >= 4
    assert PROGRAMS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_works(
    command: str, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, *arguments = shlex.split(command)
    assert program == "rltf"
    if "--plugin" not in arguments:  # a plugin would stay with the tests that come later
        monkeypatch.chdir(workplace)
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return
    done = subprocess.run(
        [sys.executable, "-m", "rltf", *arguments], cwd=workplace, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_documented_program_works(program: str, workplace: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=workplace, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "passed 1.0" in done.stdout


@pytest.mark.parametrize(
    "target", ["run", "test-fast", "test", "test-all", "lint", "check-plugins", "check-c"]
)
def test_make_knows_the_documented_targets(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_file_that_a_document_links_to_is_there() -> None:
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
