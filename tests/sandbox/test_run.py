"""``Sandbox.run``: a program without tests, and all that it shows."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from rltf import Limits
from rltf.sandbox import Sandbox

RUNS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "all of both outputs": (
        "import sys; print('a' * 99_999); sys.stderr.write('b' * 99_999)",
        {},
        {"status": "passed", "stdout": "a" * 99_999 + "\n", "stderr": "b" * 99_999},
    ),
    "an exit code prints no traceback": (
        "import sys; sys.exit(3)",
        {},
        {"status": "runtime_error", "exit_code": 3, "stderr": "", "signal": None},
    ),
    "an exit message": (
        "raise SystemExit('bye')",
        {},
        {"status": "runtime_error", "exit_code": 1, "stderr": "bye\n"},
    ),
    "a signal": (
        "import os; os.kill(os.getpid(), 11)",
        {},
        {"status": "crashed", "exit_code": None, "signal": signal.SIGSEGV},
    ),
    "fixtures imply a folder": (
        "print(open('a/b').read(), open('c', 'rb').read()); open('d', 'w').close()",
        {"fixtures": {"a/b": "text", "c": b"\xff"}},
        {"status": "passed", "stdout": "text b'\\xff'\n"},
    ),
    "fixtures that do not fit": (
        "",
        {"fixtures": {"a": "x" * 2_000_000}, "limits": Limits(files_mb=1)},
        {"status": "unscored", "reason": "the fixtures are 2000000 bytes, and files_mb is 1"},
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_shows(sandbox: Sandbox, name: str) -> None:
    code, options, expected = RUNS[name]
    result = sandbox.run(code, **options)
    assert {key: getattr(result, key) for key in expected} == expected


def test_a_fixture_outside_the_folder_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="must be a relative path"):
        sandbox.run("", fixtures={"../x": ""})
