"""A test whose outcome depends on sharing a process with the program, and its oracle."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

_ORACLE = """
import json, os, pathlib, sys, tempfile
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
import pytest
pytest.main(["--version"])  # imports what all of them need
answers = []
for program, test in json.load(sys.stdin):
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        (place / "solution.py").write_text(program)
        (place / "test_it.py").write_text(test)
        child = os.fork()
        if not child:
            os.chdir(folder)
            nothing = os.open(os.devnull, os.O_RDWR)
            for fd in range(3): os.dup2(nothing, fd)
            code = 99
            try:
                code = pytest.main(["-q", "-s", "-p", "no:cacheprovider", "--assert=plain", "test_it.py"])
            finally:
                os._exit(code)
        answers.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(answers))
"""
_NO_TESTS = 5
"""What pytest says of a file that ran to its end and has no test function."""


@dataclass(frozen=True)
class Case:
    """One row of a table."""

    name: str
    program: str
    wrong: tuple[str, ...]
    """Programs that fail the test."""
    test: str


def table() -> list[Case]:
    """Return all rows of the tables beside this file."""
    rows = []
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        rows += tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    return [Case(**{**row, "wrong": tuple(row["wrong"])}) for row in rows]


def beside(pairs: list[tuple[str, str]]) -> list[bool]:
    """Return for pairs of a program and a test whether the test passes in one process."""
    run = subprocess.run(
        [sys.executable, "-c", _ORACLE],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        check=True,
    )
    return [code in (0, _NO_TESTS) for code in json.loads(run.stdout.splitlines()[-1])]
