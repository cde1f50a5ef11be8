"""Cheats that a policy could learn, each tried for real: none passes, none escapes its penalty."""

from __future__ import annotations

import signal
import socket
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

LIMITS = Limits(cpu_s=2.0, wall_s=4.0)


@pytest.fixture(scope="module", params=["test", "program"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(workers=1, isolation=request.param) as made:
        yield made


def judge(sandbox: Sandbox, program: str, *tests: str, entry_point: str | None = None) -> str:
    # a statement before the assert: judged by running the test code
    cases = [TestCase.assertion("import sys\n" + test) for test in tests]
    problem = Problem("t", "", cases, entry_point=entry_point, limits=LIMITS)
    return sandbox.judge(problem, program).status


SHADOWS = {
    "abs": ("def f(x): return 99.0\ndef abs(x): return 0", "assert abs(f(3.5) - 0.5) < 1e-6"),
    "set": ("def f(x): return 0\ndef set(x): return 1", "assert set([f(1)]) == set([4])"),
    "len": ("def f(x): return []\ndef len(x): return 3", "assert len(f(1)) == 3"),
    "range": (
        "def f(x): return 0\nrange = lambda *a: []",
        "for i in range(3): assert f(i) == i + 1",
    ),
    "math": (
        "def f(x): return 9\nclass math:\n    isclose = staticmethod(lambda *a, **k: True)",
        "assert math.isclose(f(1), 1)",
    ),
    "math as another module": (
        "import cmath as math\ndef f(x): return 9",
        "assert math.sqrt(f(1)) == 1",
    ),
    "isinstance": (
        "def f(x): return 0\ndef isinstance(*a): return True",
        "assert isinstance(f(1), str)",
    ),
}


@pytest.mark.parametrize("name", SHADOWS)
def test_a_program_does_not_change_what_the_test_means(sandbox: Sandbox, name: str) -> None:
    program, test = SHADOWS[name]
    assert judge(sandbox, program, test) in ("wrong_answer", "runtime_error")


TAKE_OVER = """
class Tree:
    height = {builtin}
    root = "import os; os.write(3, b'J')"
def tree(): return Tree()
"""


@pytest.mark.parametrize(
    "builtin", ["exec", "eval", "open", "__import__", "setattr", "globals", "type"]
)
def test_no_builtin_that_runs_or_reaches_is_handed_to_the_judge(
    sandbox: Sandbox, builtin: str
) -> None:
    test = "t = tree()\nassert t.height(t.root) == 3"
    assert judge(sandbox, TAKE_OVER.format(builtin=builtin), test) != "passed"


FORGED_BUILTIN = """
import sys
def f(g):
    frame = sys._getframe()
    channel = None
    while frame:
        for thing in frame.f_globals.values():
            if getattr(thing, "__name__", "").endswith("channel"):
                channel = thing
        frame = frame.f_back
    channel.builtin_name = lambda thing: "builtins.exec"
    g(object())
    return 99
"""


def test_a_forged_builtin_is_refused(sandbox: Sandbox) -> None:
    test = "def ap(g):\n    return g('1')\nassert f(ap) == 3"
    assert judge(sandbox, FORGED_BUILTIN, test) in ("runtime_error", "wrong_answer")


NUMPY_LIAR = """
import operator
class Liar:
    __array_wrap__ = operator.invert
    __array_interface__ = {"data": (4096, True), "shape": (3,), "typestr": "<i8", "version": 3}
    def __array__(self, *a, **k): return [1, 2, 3]
def f(x): return Liar()
"""


@pytest.mark.parametrize(
    "test",
    [
        "import numpy as np\nassert (f(2) == np.array([1, 2, 3])).all()",
        "import numpy as np\nassert np.abs(f(2) - np.array([1, 2, 3])).max() < 1e-6",
        "import numpy as np\nassert np.allclose(f(2), [1, 2, 3])",
    ],
)
def test_numpy_does_not_ask_the_program(sandbox: Sandbox, test: str) -> None:
    assert judge(sandbox, NUMPY_LIAR, test) in ("wrong_answer", "runtime_error")


def test_dying_inside_a_test_that_expects_an_exception(sandbox: Sandbox) -> None:
    test = "try:\n    f(-1)\nexcept Exception:\n    pass\nelse:\n    assert False"
    assert judge(sandbox, "import os\ndef f(x): os._exit(0)", test) == "runtime_error"


ESCAPES = {
    "a module for a function": ("import math as f", None),
    "a made up module": ("import types\nf = types.ModuleType('f')", None),
    "a liar of an exception": ("class len(Exception):\n    __module__ = 'builtins'\nf = len", None),
    "garbage on the channel": ("import os\nos.write(5, b'\\1\\0\\0\\0?')", None),
    "a broken frame on the channel": ("import os\nos.write(5, b'\\5\\0\\0\\0l\\0\\0\\0\\0')", None),
    "no Solution": ("x = 1", "Solution().f"),
    "no such class": ("def f(x): return Node", "f"),
    "a forged name error": (
        "def f(x):\n    raise type('NameError', (Exception,), {})('x')",
        None,
    ),
}


@pytest.mark.parametrize("name", ESCAPES)
def test_no_failure_becomes_unscored(sandbox: Sandbox, name: str) -> None:
    program, entry_point = ESCAPES[name]
    test = f"assert {entry_point or 'f'}(1) == 3\nassert Node(1)"
    status = judge(sandbox, program, test, entry_point=entry_point)
    assert status in ("runtime_error", "wrong_answer"), status


BOMBS = {
    "fraction": b"at\x01\0\0\0s\x0c\0\0\0001e9999999999",
    "deque": b"qt\x02\0\0\0Nrt\x03\0\0\0i\1\0\0\0\0i\6\0\0\0\0\0\0\0\0\1i\1\0\0\0\1",
    "decimal of a number": b"mi\0\0\1\0" + b"\xff" * 65536,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_value_cannot_keep_its_reader_busy(sandbox: Sandbox, name: str) -> None:
    program = f"import os, struct\ndef f(): pass\nb = {BOMBS[name]!r}\n"
    program += "for kind in (b'X', b'V'):\n"
    program += "    os.write(3, kind + struct.pack('<I', len(b)) + b)\n    os._exit(0)\n"
    import decimal

    tests = [TestCase.call([], decimal.Decimal(5)), TestCase.assertion("assert f() == 5")]
    problem = Problem("t", "", tests, entry_point="f", limits=LIMITS)
    for kind in ("X", "V"):
        forged = program.replace("(b'X', b'V')", f"(b'{kind}',)")
        statuses = {test.status for test in sandbox.judge(problem, forged).tests}
        assert statuses <= {"runtime_error", "wrong_answer"}


def test_an_older_program_is_not_found_in_memory(sandbox: Sandbox) -> None:
    search = """
import ctypes, os
def readable(address, size):
    r, w = os.pipe()
    try:
        return os.read(r, size) if ctypes.CDLL(None).write(w, ctypes.c_void_p(address), size) == size else b""
    finally:
        os.close(r); os.close(w)
top = ctypes.CDLL(None).sbrk
top.restype = ctypes.c_void_p
at, needle = top(0), b"needle-in-" + b"the-haystack"
found = 0
for page in range(at - (24 << 20) & ~4095, at, 4096):
    found += needle in readable(page, 4096)
here = id(found) & ~4095
for page in range(here - (2 << 20), here + (2 << 20), 4096):
    found += needle in readable(page, 4096)
print(found)
"""
    secret = "x = 'needle-in-the-haystack'\nprint(x * 3)"
    assert sandbox.run(secret, stdin="needle-in-the-haystack" * 50).status == "passed"
    result = sandbox.run(search, limits=Limits(cpu_s=30))
    assert (result.status, result.stdout) == ("passed", "0\n"), result


def test_a_datagram_does_not_leave(sandbox: Sandbox, tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with listener:
        listener.bind(str(tmp_path / "socket"))
        listener.setblocking(False)
        program = (
            "import socket\na, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
            f"a.sendto(b'hi', {str(tmp_path / 'socket')!r})"
        )
        assert sandbox.run(program).status == "forbidden"
        with pytest.raises(BlockingIOError):
            listener.recv(9)


def test_an_interrupted_judgement_leaves_no_answer_behind() -> None:
    class Stop(Exception):
        pass

    def stop(number: int, frame: types.FrameType | None) -> None:
        raise Stop

    slow = Problem("s", "", [TestCase.stdin(f"{i}", f"{i}") for i in range(3)], limits=LIMITS)
    echo = Problem("e", "", [TestCase.stdin("5", "5")], limits=LIMITS)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        with Sandbox(workers=1) as own:
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(Stop):
                own.judge(slow, "import time\ntime.sleep(0.2)\nprint(input())")
            assert own.judge(echo, "print(input())").passed
            assert not own.judge(echo, "print(1)").passed
    finally:
        signal.signal(signal.SIGALRM, before)


def test_many_answers_of_some_size_do_not_stop_the_traffic(sandbox: Sandbox) -> None:
    tests = [TestCase.call([i], "x" * 1200) for i in range(600)]
    problem = Problem("t", "", tests, entry_point="f", limits=LIMITS)
    assert sandbox.judge(problem, "def f(i): return 'x' * 1200").passed


def test_a_closed_stdin_is_open_again_for_the_next_test(sandbox: Sandbox) -> None:
    problem = Problem("t", "", [TestCase.stdin(f"{i}", f"{i}") for i in range(4)], limits=LIMITS)
    assert sandbox.judge(problem, "print(open(0).read())").passed
    assert sandbox.judge(problem, "with open(1, 'w') as out: out.write(input())").passed


@pytest.mark.parametrize(
    "program",
    [
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(3)\nprint(*pool.map(str, [1, 2]))",
        "import os\nout = os.fdopen(1, 'w')\nprint('1 2', file=out)",
        "class A:\n    def __del__(self): print('1 2')\na = A()",
        "\ufeffprint('1 2')",
    ],
)
def test_what_an_interpreter_does_at_its_end_is_done(sandbox: Sandbox, program: str) -> None:
    problem = Problem("t", "", [TestCase.stdin("", "1 2\n")] * 2, limits=LIMITS)
    verdict = sandbox.judge(problem, program)
    assert verdict.passed, verdict
