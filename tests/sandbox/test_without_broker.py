"""Where Landlock alone opens files, since the broker cannot, programs get the verdicts that they get elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

NO_BROKER = str(Path(__file__).with_name("no_broker.py"))
PASS = (
    "import wave, fractions, colorsys",
    "import contextlib, os\nwith contextlib.redirect_stdout(open(os.devnull, 'w')): print(1)",
    "open('/dev/full', 'r+b')",
    "import inspect\ndef f(): pass\nassert inspect.getsource(f)",
    "import sys\nsys.stdin = open('/dev/stdin')\nassert input() == 'first'",
    "input()\nassert open('/dev/stdin').read() == ''",
    "import os\nassert os.read(os.open('/dev/fd/0', os.O_RDONLY), 5) == b'first'",
)
ARE_REFUSED = (
    "open('/etc/passwd')",
    "import pluggy\nopen(pluggy.__path__[0] + '/py.typed')",
    "import os\nopen(os.__file__, 'w')",
    "import os\nos.open(os.__file__, os.O_TRUNC)",
    "import os\nos.open(os.__file__, os.O_ACCMODE | os.O_TRUNC)",
    "open('/made-by-a-program', 'w')",
)
CONTINUES = """
import os
print("a", flush=True)
open("/dev/stdout", "w").write("b")
os.write(os.open(f"/proc/{os.getpid()}/fd/1", os.O_WRONLY), b"c")
print("d")
"""
REOPENS = """
import sys
sys.stdin, sys.stdout = open("/dev/stdin"), open("/dev/stdout", "w")
print(input())
"""
RUN = """
import json, sys
from rltf import Problem, Sandbox, TestCase
programs, continues, reopens = json.loads(sys.argv[1])
tests = [TestCase.stdin(f"{number}", f"{number}\\n") for number in range(6)]
with Sandbox(workers=1) as sandbox:
    statuses = [sandbox.run(program, "first\\nsecond").status for program in programs]
    output = sandbox.run(continues).stdout
with Sandbox(workers=1, isolation="program") as sandbox:
    verdict = sandbox.judge(Problem("t", "", tests), reopens)
print(json.dumps([list(sandbox.layers), statuses, output, verdict.status]))
"""


@pytest.mark.parametrize("why", ["listener", "memory"])
def test_programs_get_the_same_verdicts(why: str) -> None:
    programs = json.dumps([(*PASS, *ARE_REFUSED), CONTINUES, REOPENS])
    command = [sys.executable, NO_BROKER, why, sys.executable, "-c", RUN, programs]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    layers, statuses, output, verdict = json.loads(done.stdout)
    assert "broker" not in layers
    assert statuses[len(PASS) :] == ["forbidden"] * len(ARE_REFUSED)
    if "landlock" in layers:  # else no file is opened, which programs that import notice
        assert statuses[: len(PASS)] == ["passed"] * len(PASS)
    assert output == "a\nbcd\n"
    assert verdict == "passed"
