"""Every way a program can end has its status, and says where."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

from .time_limits import limits_for

CASES = {
    "prints": ("print(6 * 7)", "passed", None),
    "says nothing": ("", "wrong_answer", None),
    "wrong": ("print(41)", "wrong_answer", None),
    "exit 0 after the answer": ("print(42)\nimport sys\nsys.exit(0)", "passed", None),
    "os._exit(0) after the answer": (
        "print(42, flush=True)\nimport os\nos._exit(0)",
        "passed",
        None,
    ),
    "exit 3 after the answer": ("print(42)\nraise SystemExit(3)", "runtime_error", "SystemExit"),
    "os._exit(3)": ("import os\nos._exit(3)", "runtime_error", "SystemExit"),
    "exception": ("x = 1\ny = x / 0", "runtime_error", "ZeroDivisionError"),
    "reads too much": ("input()", "runtime_error", "EOFError"),
    "recursion": ("def f(): f()\nf()", "runtime_error", "RecursionError"),
    "syntax": ("def f(:\n  pass", "syntax_error", "SyntaxError"),
    "indentation": ("  x = 1", "syntax_error", "IndentationError"),
    "syntax error at the last character": ("print(42)\nx = (", "syntax_error", "SyntaxError"),
    "too deeply nested": ("-" * 200_000 + "1", "syntax_error", "MemoryError"),
    "nul bytes": ("print(42)\0", "syntax_error", None),
    "surrogate": ("print('\ud800')", "syntax_error", "UnicodeEncodeError"),
    "endless loop": ("while True: pass", "timeout", "TimeoutError"),
    "endless loop in C": (
        "import itertools\nfor _ in itertools.product(range(99), repeat=99): pass",
        "timeout",
        "TimeoutError",
    ),
    "sleeps": ("import time\ntime.sleep(60)", "timeout", "TimeoutError"),
    "stops itself": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        "timeout",
        "TimeoutError",
    ),
    "catches everything": (
        "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
        "timeout",
        "TimeoutError",
    ),
    "10 GB": ("x = bytearray(10 << 30)", "memory_limit", "MemoryError"),
    "endless output": ("while True: print('a' * 999)", "output_limit", "OutputLimit"),
    "endless errors": (
        "import sys\nwhile True: sys.stderr.write('a' * 999)",
        "output_limit",
        "OutputLimit",
    ),
    "fork bomb": ("import os\nwhile True: os.fork()", "forbidden", "PermissionError"),
    "subprocess": ("import subprocess\nsubprocess.run(['id'])", "forbidden", "PermissionError"),
    "socket": ("import socket\nsocket.socket()", "forbidden", "PermissionError"),
    "writes a file": ("open('out.txt', 'w')", "forbidden", "PermissionError"),
    "reads a file": ("open('/etc/passwd')", "forbidden", "PermissionError"),
    "raises PermissionError itself": (
        "raise PermissionError(13, 'no')",
        "runtime_error",
        "PermissionError",
    ),
    "crashes": ("import ctypes\nctypes.string_at(0)", "crashed", "SIGSEGV"),
    "imports rltf": ("import rltf", "runtime_error", "ModuleNotFoundError"),
    "missing file": ("open('/usr/lib/nothing')", "runtime_error", "FileNotFoundError"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_program_gets_the_status_of_its_end(any_sandbox: Sandbox, name: str) -> None:
    program, status, error = CASES[name]
    problem = Problem("t", "", [TestCase.stdin("", "42\n")], limits=limits_for(status))
    verdict = any_sandbox.judge(problem, program)
    assert verdict.status == status, verdict
    if error is not None:
        assert verdict.error is not None
        assert verdict.error.type == error


PLACES = {
    "x = 1\nfoo(x, 2)": (2, 1, 2, 4),
    "def f(a):\n    return a[3]\n\nf([1])": (2, 12, 2, 16),
    "s = 'äö'; t = 'ü'; u = s[9]": (1, 24, 1, 28),
    "import json\njson.loads('{')": (2, 1, 2, 16),
    "x = [1,\n     2, y]": (2, 9, 2, 10),
}


@pytest.mark.parametrize("program", PLACES)
def test_the_place_is_in_the_programs_own_source(sandbox: Sandbox, program: str) -> None:
    error = sandbox.run(program).error
    assert error is not None
    assert (error.line, error.column, error.end_line, error.end_column) == PLACES[program]


def test_the_place_of_a_syntax_error(sandbox: Sandbox) -> None:
    error = sandbox.run("a = 1\nb = = 2\n").error
    assert error is not None
    assert (error.type, error.line, error.column, error.during) == ("SyntaxError", 2, 5, "compile")


def test_a_message_without_end_is_cut(sandbox: Sandbox) -> None:
    error = sandbox.run("raise ValueError('a' * 10_000_000)").error
    assert error is not None
    assert 0 < len(error.message) <= 2000


def test_ten_megabytes_of_program(sandbox: Sandbox) -> None:
    assert sandbox.run(f"x = '{'a' * 10_000_000}'\nprint(len(x))").stdout == "10000000\n"


def test_output_of_exactly_the_limit_passes(any_sandbox: Sandbox) -> None:
    limit = 4096
    problem = Problem(
        "t",
        "",
        [TestCase.stdin("", "a" * (limit - 1))],
        limits=Limits(output_bytes=limit),
    )
    assert any_sandbox.judge(problem, f"print('a' * {limit - 1}, end='')").passed


@pytest.mark.parametrize("size", [0, 65535, 65536, 65537, 1 << 20, 5_000_000])
def test_output_of_any_size_arrives_whole(sandbox: Sandbox, size: int) -> None:
    assert sandbox.run(f"import sys\nsys.stdout.write('x' * {size})").stdout == "x" * size


def test_threads_are_counted_while_they_live(sandbox: Sandbox) -> None:
    at_once = """
import threading
end = threading.Event()
try:
    for count in range(99):
        threading.Thread(target=end.wait).start()
except RuntimeError:
    print(count)
end.set()
"""
    limits = Limits(threads=10)
    assert sandbox.run(at_once, limits=limits).stdout == "9\n"
    one_by_one = """
import threading
for _ in range(99):
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
"""
    assert sandbox.run(one_by_one, limits=limits).stdout == "\n" * 99


def test_open_files_are_counted(sandbox: Sandbox) -> None:
    program = "import os\nwhile True: os.dup(0)"
    error = sandbox.run(program, limits=Limits(open_files=20)).error
    assert error is not None
    assert "Too many open files" in error.message


def test_measured_time_is_the_programs_own(sandbox: Sandbox) -> None:
    result = sandbox.run(
        "import time\nt = time.process_time()\nwhile time.process_time() < t + 0.2: pass"
    )
    assert 0.2 <= result.cpu_s < 2.0
    assert result.wall_s >= result.cpu_s * 0.5


def test_peak_memory_is_the_programs_own(sandbox: Sandbox) -> None:
    small = sandbox.run("pass").peak_memory_mb
    large = sandbox.run("x = b'a' * (100 << 20)").peak_memory_mb
    assert small < 20
    assert 95 < large < 140
