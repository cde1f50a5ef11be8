"""What pytest says of each of many test modules, in a process of its own each.

    python pytest_each.py FOLDER

On stdin: a JSON list of ``[program, test module]``. On stdout: a JSON list of pytest's exit codes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

_OPTIONS = ("-q", "-p", "no:cacheprovider", "--rootdir", ".", "test_it.py")


def pytest_passes(folder: Path, pairs: Sequence[tuple[str, str]]) -> list[bool]:
    """Return whether pytest passes each test module beside its program, ``solution``."""
    done = subprocess.run(
        [sys.executable, __file__, str(folder)],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        check=True,
    )
    return [code == 0 for code in json.loads(done.stdout.splitlines()[-1])]


def _run(folder: Path, program: str, module: str) -> NoReturn:
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)
    folder.mkdir()
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    (folder / "solution.py").write_text(program)
    (folder / "test_it.py").write_text(module)
    os._exit(int(pytest.main([*_OPTIONS])))


def main() -> None:
    folder = Path(sys.argv[1])
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    pytest.main(["--version"])  # what each process would import again
    codes = []
    sys.stdout.flush()
    for number, (program, module) in enumerate(json.load(sys.stdin)):
        pid = os.fork()
        if pid == 0:
            _run(folder / str(number), program, module)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    print(json.dumps(codes))


if __name__ == "__main__":
    main()
