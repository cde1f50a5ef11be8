"""A test has the outcome in a process that ran others before it that it has in one of its own."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

LIMITS = Limits(cpu_s=2, wall_s=4)
DIVIDES = [TestCase.stdin(f"{n}\n", f"{10 // n if n else ''}\n") for n in (0, 5, 0, 2)]
WORDS = [TestCase.stdin(f"{word}\r\n", "YES\n") for word in ("x", "b", "x", "b")]
CALLS = [TestCase.call((n,), n) for n in range(3)]
MANY = [TestCase.stdin(f"{n}\n", f"{n}\n") for n in range(24)]

PROGRAMS: dict[str, tuple[str, list[TestCase]]] = {
    "an open stdin dies with what it raised": (
        "input = open(0).readline\nn = int(input())\nprint(10 // n)",
        DIVIDES,
    ),
    "an open file of stdin": ("f = open(0)\nn = int(f.readline())\nprint(10 // n)", DIVIDES),
    "an open file of stdout": (
        "f = open(1, 'w')\nn = int(input())\nf.write(str(10 // n) + '\\n')",
        DIVIDES,
    ),
    "a wrapper of stdout": (
        "import io, sys\nout = io.TextIOWrapper(sys.stdout.buffer)\nn = int(input())\n"
        "out.write(f'{n}\\n')\nprint(10 // n, file=out)",
        DIVIDES,
    ),
    "a last word of an object": (
        "class Last:\n    def __del__(self): print('last')\nlast = Last()\nprint(10 // int(input()))",
        DIVIDES,
    ),
    "a last word of a generator": (
        "def f():\n    try: yield\n    finally: print('last')\ng = f()\nnext(g)\n"
        "print(10 // int(input()))",
        DIVIDES,
    ),
    "an exit function": (
        "import atexit\natexit.register(print, 'bye')\nprint(10 // int(input()))",
        DIVIDES,
    ),
    "a thread that is late": (
        "import threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.02), print('late'))).start()\n"
        "print(10 // int(input()))",
        DIVIDES,
    ),
    "a thread that a thread has started": (
        "import threading, time\n"
        "def second(): time.sleep(0.02); print('second')\n"
        "def first(): time.sleep(0.01); threading.Thread(target=second).start()\n"
        "threading.Thread(target=first).start()\nprint(10 // int(input()))",
        DIVIDES,
    ),
    "words left in a buffer": (
        "out = open(1, 'w', closefd=False)\nx = input()\n"
        "if x == 'x':\n    out.write('YES\\n')\n    raise ValueError",
        WORDS,
    ),
    "words that cannot be written": ("import os\nprint('YES')\nos.close(1)", WORDS),
    "ends of lines": (
        "import sys\nd = sys.stdin.buffer.read()\n"
        "if d[:1] == b'x': sys.stdin.reconfigure(newline='')\n"
        "sys.stdin.seek(0)\nprint(repr(sys.stdin.read()))",
        WORDS,
    ),
    "an encoding": (
        "import sys\nif input() == 'x': sys.stdout.reconfigure(encoding='utf-16-le')\nprint('YES')",
        WORDS,
    ),
    "a stdin that a call closes": (
        "import sys\ndef f(x):\n    with sys.stdin as s: s.read()\n    return x",
        CALLS,
    ),
    "a stdin that a call detaches": (
        "import sys\ndef f(x):\n    sys.stdin.detach()\n    return x",
        CALLS,
    ),
    "daemon threads": (
        "import threading\n"
        "for _ in range(4): threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "print(input())",
        MANY,
    ),
    "a timer": (
        "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.002)\n"
        "signal.signal(signal.SIGALRM, signal.SIG_IGN) if int(input()) else None\nprint(1)",
        MANY[1:],
    ),
    "as many files as it may have": (
        "kept = [open('/dev/null') for _ in range(60)]\nprint(input())",
        MANY[:4],
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_outcomes_are_the_same_alone_and_after_others(
    sandbox: Sandbox, shared_sandbox: Sandbox, name: str
) -> None:
    source, tests = PROGRAMS[name]
    problem = Problem("t", "", tests, entry_point="f", limits=LIMITS)
    alone, shared = (
        [(test.status, test.stdout) for test in each.judge(problem, source).tests]
        for each in (sandbox, shared_sandbox)
    )
    assert shared == alone


def test_standard_streams_say_of_themselves_what_the_interpreters_do(sandbox: Sandbox) -> None:
    source = (
        "import sys\nfor file in (sys.stdin, sys.stdout, sys.stderr):\n"
        "    print(file.name, file.mode, file.buffer.name, file.encoding, file.isatty())"
    )
    expected = "<stdin> r <stdin>\n<stdout> w <stdout>\n<stderr> w <stderr>\n"
    shown = sandbox.run(source).stdout
    assert shown == expected.replace("\n", " utf-8 False\n")
