"""What Python says of programs and their tests: CPython alone, and pytest.

    python parity_oracle.py

On stdin: a JSON list of ``[program, [test, …]]``. On stdout: a JSON list with "passed" or "failed" for
each: the program and then its tests run in one process, as one script, and "passed" is an exit status of 0.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

Word = str
"""``passed``, ``failed``, or ``nothing`` where no test was run."""

_SECONDS = 10
_WHOLE = (0, 1, 5)
"""Exit codes of pytest after it has run all there is: passed, failed, no tests."""
_SPY = """
import json, pathlib
found = {}
def pytest_collectreport(report):
    if report.failed:
        found.setdefault(report.nodeid.split("::")[0], []).append("failed")
def pytest_runtest_logreport(report):
    expected = hasattr(report, "wasxfail")
    outcome = "skipped" if report.skipped or (expected and report.passed) else report.outcome
    if report.when == "call" or report.outcome != "passed":
        found.setdefault(report.nodeid.split("::")[0], []).append(outcome)
def pytest_sessionfinish():
    pathlib.Path("found.json").write_text(json.dumps(found))
"""


def pytest_says(folder: Path, program: str, modules: Mapping[str, str]) -> dict[str, Word]:
    """What pytest says of each module beside a program, which is ``solution``.

    A module that ends pytest is found by halves, and has failed.
    """
    with tempfile.TemporaryDirectory(dir=folder) as inner:
        ended, found = _pytest(Path(inner), program, modules)
    if ended:
        if len(modules) == 1:
            return dict.fromkeys(modules, "failed")
        items = [*modules.items()]
        halves = (dict(items[place::2]) for place in range(2))
        return {
            name: word
            for half in halves
            for name, word in pytest_says(folder, program, half).items()
        }
    words = {}
    for name in modules:
        outcomes = found.get(f"test_{name}.py", [])
        failed, passed = "failed" in outcomes, "passed" in outcomes
        words[name] = "failed" if failed else "passed" if passed else "nothing"
    return words


def _pytest(
    folder: Path, program: str, modules: Mapping[str, str]
) -> tuple[bool, dict[str, list[str]]]:
    """Whether pytest ended before its time, and the outcomes by file."""
    (folder / "solution.py").write_text(program)
    (folder / "conftest.py").write_text(_SPY)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = x")
    for name, code in modules.items():
        (folder / f"test_{name}.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:rltf", "-p", "no:cacheprovider"]
    command.append("--continue-on-collection-errors")
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    recorded = folder / "found.json"
    found = json.loads(recorded.read_text()) if recorded.exists() else {}
    return done.returncode not in _WHOLE, found


def cpython_says(pairs: Sequence[tuple[str, Sequence[str]]]) -> list[Word]:
    """What CPython says of programs and their tests."""
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        check=True,
    )
    words: list[Word] = json.loads(done.stdout)
    return words


def _run(program: str, tests: Sequence[str]) -> NoReturn:
    """Runs the code as the main module and ends the process with its exit status."""
    signal.alarm(_SECONDS)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = sys.modules["solution"] = module
    sys.argv = ["test.py"]
    status = 1
    try:
        for code in (program, *tests):
            exec(compile(code, "test.py", "exec", dont_inherit=True), module.__dict__)
        status = 0
    except SystemExit as end:
        status = 1 if end.code else 0
    except BaseException:
        pass
    finally:
        os._exit(status)


def main() -> None:
    words = []
    for program, tests in json.load(sys.stdin):
        pid = os.fork()
        if pid == 0:
            _run(program, tests)
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        words.append("failed" if ended else "passed")
    print(json.dumps(words))


if __name__ == "__main__":
    main()
