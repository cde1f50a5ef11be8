"""A program runs as a person would run it: what is allowed works."""

from __future__ import annotations

import pytest

from rltf.sandbox import Sandbox

PROGRAMS = {
    "main guard": ("if __name__ == '__main__':\n    print('main')", "", "main\n"),
    "input": ("print(int(input()) + int(input()))", "3\n4\n", "7\n"),
    "stdin lines": ("import sys\nfor line in sys.stdin: print(line.strip())", "a\nb", "a\nb\n"),
    "stdin buffer": ("import sys\nprint(sys.stdin.buffer.read())", "ab", "b'ab'\n"),
    "open(0)": ("print(open(0).read())", "x y", "x y\n"),
    "os.read": ("import os\nprint(os.read(0, 99))", "xyz", "b'xyz'\n"),
    "from sys import stdin": (
        "from sys import stdin\nn = int(stdin.readline())\nprint(n, *stdin)",
        "2\n3\n",
        "2 3\n\n",
    ),
    "stdout write": ("from sys import stdout\nstdout.write('a')\nstdout.flush()", "", "a"),
    "os.write": ("import os\nos.write(1, b'a')", "", "a"),
    "threads": (
        "import threading, queue\nq = queue.Queue()\n"
        "t = [threading.Thread(target=q.put, args=(i,)) for i in range(8)]\n"
        "[x.start() for x in t]; [x.join() for x in t]\nprint(sum(q.get() for _ in t))",
        "",
        "28\n",
    ),
    "a thread outlives the main program": (
        "import threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()",
        "",
        "late\n",
    ),
    "big stack in a thread": (
        "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(256 << 20)\n"
        "def f(n): return 0 if n == 0 else 1 + f(n - 1)\n"
        "t = threading.Thread(target=lambda: print(f(50_000))); t.start(); t.join()",
        "",
        "50000\n",
    ),
    "a stdout of its own, flushed at the end": (
        "import io, os, sys\n"
        "class Fast(io.StringIO):\n"
        "    def flush(self): os.write(1, self.getvalue().encode())\n"
        "sys.stdout = Fast()\nprint('a')",
        "",
        "a\n",
    ),
    "atexit": ("import atexit\natexit.register(print, 'bye')\nprint('hi')", "", "hi\nbye\n"),
    "asyncio": (
        "import asyncio\nasync def f():\n    await asyncio.sleep(0.01)\n    return 5\n"
        "print(asyncio.run(f()))",
        "",
        "5\n",
    ),
    "recursion limit": (
        "import sys\nsys.setrecursionlimit(10**6)\ndef f(n): return n and f(n - 1)\nprint(f(20_000))",
        "",
        "0\n",
    ),
    "stack limit": (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_STACK, (1 << 29, resource.RLIM_INFINITY))\n"
        "sys.setrecursionlimit(10**6)\nprint(resource.getrlimit(resource.RLIMIT_STACK)[0] > 0)",
        "",
        "True\n",
    ),
    "late import": ("import xml.dom.minidom, sqlite3, csv\nprint(1)", "", "1\n"),
    "numpy": ("import numpy as np\nprint((np.eye(50) @ np.eye(50)).sum())", "", "50.0\n"),
    "global exit": ("print(1)\nexit()", "", "1\n"),
    "ten megabytes out": ("print('x' * 10_000_000)", "", "x" * 10_000_000 + "\n"),
    "name and file": ("print(__name__, __file__)", "", "__main__ solution.py\n"),
    "arguments": ("import sys\nprint(sys.argv)", "", "['solution.py']\n"),
    "setitimer": (
        "import signal\nsignal.signal(signal.SIGALRM, lambda *a: print('ring'))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.01)\nsignal.pause()",
        "",
        "ring\n",
    ),
    "unicode": ("print(input())", "héllo ✓\n", "héllo ✓\n"),
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nprint(P(1))",
        "",
        "P(x=1)\n",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_ordinary_program_works(sandbox: Sandbox, name: str) -> None:
    program, stdin, stdout = PROGRAMS[name]
    result = sandbox.run(program, stdin)
    assert (result.status, result.stdout) == ("passed", stdout), result


def test_a_traceback_shows_the_program_and_nothing_else(sandbox: Sandbox) -> None:
    result = sandbox.run("def f():\n    return 1 / 0\n\nf()")
    assert 'File "solution.py", line 2, in f' in result.stderr
    assert "rltf" not in result.stderr
    assert result.exit_code == 1


def test_runs_repeat(sandbox: Sandbox) -> None:
    program = "import random\nprint(random.random(), hash('a'), list({'x', 'y', 'z'}))"
    assert len({sandbox.run(program).stdout for _ in range(3)}) == 1


def test_the_callers_environment_does_not_reach_the_program(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    with Sandbox(workers=1) as fresh:
        assert "hunter2" not in fresh.run("import os\nprint(dict(os.environ))").stdout
