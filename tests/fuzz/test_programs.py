"""Mutants of right programs, and pieces of attacks in wrong ones: judged right, twice the same."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rltf import Limits, Problem, TestCase, TestOutcome, Verdict
from rltf.plugins.datasets.mini import MiniDataset
from rltf.sandbox import Sandbox

EFFORT = settings.get_profile(os.environ.get("RLTF_FUZZ", "quick"))
FEW = settings(EFFORT, max_examples=EFFORT.max_examples // 8)

LIMITS = Limits(cpu_s=0.25, wall_s=0.75, memory_mb=128, output_bytes=1 << 20)
MINI = MiniDataset()  # its tasks take seconds to make, and every worker imports this file
HONEST = Problem("honest", "", [TestCase.stdin("3", "6"), TestCase.stdin("4", "8")])
DOUBLE = "print(2 * int(input()))"

SWAPS = {
    "+": ["-", "*"],
    "-": ["+", "//"],
    "*": ["+", "**"],
    "//": ["%", "/"],
    "%": ["//", "*"],
    "<": ["<=", ">"],
    ">": [">=", "<"],
    "==": ["!=", "<"],
    "if": ["while", "if not"],
    "for": ["async for"],
    "return": ["yield", "print"],
    "in": ["not in"],
    "and": ["or"],
    "True": ["False"],
}
CORPUS = Path(__file__).parents[1] / "security" / "corpus"
PIECES = [
    "import sys; sys.exit(0)",
    "import os; os._exit(0)",
    "import os; os.kill(os.getpid(), 9)",
    "import os; os.write(3, b'V' + b'\\1\\0\\0\\0N')",
    "import os; os.write(4, bytes(16))",
    "import os; os.closerange(0, 99)",
    "import os; os.write(5, b'\\1\\0\\0\\0N')",
    "import builtins; builtins.print = lambda *a, **k: None",
    "import sys; sys.stdout = None",
    "import sys; sys.modules.clear()",
    "import sys; sys.setrecursionlimit(10**9)",
    "import gc; [gc.get_objects() for _ in range(2)]",
    "import atexit, os; atexit.register(os._exit, 0)",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "import threading; threading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True).start()",
    "import threading, time; threading.Thread(target=time.sleep, args=(9,)).start()",
    "import os; os.fork()",
    "import ctypes; ctypes.string_at(0)",
    "kept = bytearray(1 << 30)",
    "print('x' * (1 << 21))",
    "raise SystemExit",
    "raise MemoryError",
    "raise StopIteration",
    "class int(int): __eq__ = lambda *a: True",
    "import sys; sys.settrace(lambda *a: None)",
    "import os; os.environ.clear(); os.chdir('/proc')",
    "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))",
    "def print(*a, **k): pass",
    "while True: pass",
    "import time; time.sleep(99)",
    "__builtins__.clear() if isinstance(__builtins__, dict) else vars(__builtins__).clear()",
]


@cache
def by_id() -> dict[str, Problem]:
    return {problem.task_id: problem for problem in MINI.problems()}


def _corpus_pieces() -> list[str]:
    pieces = []
    for path in sorted(CORPUS.glob("*.toml")):
        for attack in tomllib.loads(path.read_text()).get("attack", []):
            pieces.append("try:\n    exec(" + repr(attack["program"]) + ")\nexcept Exception: pass")
    return pieces


PIECES += _corpus_pieces()


def children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []


@pytest.fixture(scope="module", params=["test", "program"])
def fuzzed(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    before = set(children(os.getpid()))
    with Sandbox(workers=1, isolation=request.param) as made:
        yield made
        pids = made.pids
    assert set(children(os.getpid())) <= before
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def near_the_limit(one: TestOutcome, other: TestOutcome) -> bool:
    """Return whether one timed out and the other nearly did: a machine may be slower for a while."""
    times = {test.status: test.cpu_s for test in (one, other)}
    return "timeout" in times and all(cpu_s > LIMITS.cpu_s / 2 for cpu_s in times.values())


def judged(sandbox: Sandbox, problem: Problem, program: str) -> Verdict:
    """The verdict, which is the same twice; and the sandbox is as it was."""
    verdict = sandbox.judge(problem, program)
    again = sandbox.judge(problem, program)
    assert verdict.status != "unscored", verdict
    for one, other in zip(verdict.tests, again.tests, strict=True):
        assert one.status == other.status or near_the_limit(one, other), (one, other)
    right, wrong = (sandbox.judge(HONEST, source).status for source in (DOUBLE, "print(7)"))
    assert (right, wrong) == ("passed", "wrong_answer")
    while any(children(pid) for pid in sandbox.pids):  # the last one is told to end, not waited for
        time.sleep(0.001)
    return verdict


def problem_of(task_id: str, tests: int = 3) -> Problem:
    problem = by_id()[task_id]
    kept = problem.tests[:tests]
    return Problem(task_id, "", kept, entry_point=problem.entry_point, limits=LIMITS)


@st.composite
def mutants(draw: st.DrawFn) -> tuple[Problem, str]:
    """A task, and its reference program with some of its tokens or lines changed."""
    task_id = draw(st.sampled_from([*by_id()][::7]))
    source = MINI.reference(task_id)
    for _ in range(draw(st.integers(0, 2))):
        source = draw(st.sampled_from([_swap, _number, _line]))(draw, source)
    return problem_of(task_id), source


def _tokens(source: str) -> list[tokenize.TokenInfo]:
    try:
        return list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return []


def _replaced(source: str, token: tokenize.TokenInfo, text: str) -> str:
    lines = source.splitlines(keepends=True)
    (row, start), (_, end) = token.start, token.end
    lines[row - 1] = lines[row - 1][:start] + text + lines[row - 1][end:]
    return "".join(lines)


def _swap(draw: st.DrawFn, source: str) -> str:
    tokens = [token for token in _tokens(source) if token.string in SWAPS]
    if not tokens:
        return source
    token = draw(st.sampled_from(tokens))
    return _replaced(source, token, draw(st.sampled_from(SWAPS[token.string])))


def _number(draw: st.DrawFn, source: str) -> str:
    tokens = [token for token in _tokens(source) if token.type in (tokenize.NUMBER, tokenize.NAME)]
    if not tokens:
        return source
    token = draw(st.sampled_from(tokens))
    return _replaced(source, token, draw(st.sampled_from(["0", "1", "-1", "10**6", "x", "''"])))


def _line(draw: st.DrawFn, source: str) -> str:
    lines = source.splitlines(keepends=True)
    if not lines:
        return source
    at = draw(st.integers(0, len(lines) - 1))
    lines[at : at + 1] = draw(st.sampled_from([[], [lines[at]] * 2, [lines[at], "    pass\n"]]))
    return "".join(lines)


CHECK = """
import sys
source, tests = eval(sys.stdin.read())
import io
for kind, given, expected in tests:
    if kind == "call":
        names = {"__name__": "solution"}
        exec(source, names)
        value = names["f"](*given)
        assert repr(value) == repr(expected), (value, expected)
    else:
        sys.stdin, out, sys.stdout = io.StringIO(given), sys.stdout, io.StringIO()
        try:
            exec(source, {"__name__": "__main__"})
        finally:
            text, sys.stdout = sys.stdout.getvalue(), out
        assert text.split() == expected.split(), (text, expected)
"""


def is_right(problem: Problem, source: str) -> bool:
    """Whether plain Python finds that the program gives what the tests want: no sandbox, no encoding."""
    tests = [
        (test.kind, test.args, test.expected)
        if test.kind == "call"
        else (test.kind, test.input, test.output)
        for test in problem.tests
    ]
    command = [sys.executable, "-I", "-S", "-c", CHECK]
    done = subprocess.run(command, input=repr((source, tests)), capture_output=True, text=True)
    return done.returncode == 0


@FEW
@given(mutants())
def test_a_mutant_passes_where_it_is_right_and_only_there(
    fuzzed: Sandbox, drawn: tuple[Problem, str]
) -> None:
    problem, source = drawn
    verdict = judged(fuzzed, problem, source)
    if verdict.status in ("passed", "wrong_answer", "runtime_error"):
        assert verdict.passed == is_right(problem, source), source


def wrong(task_id: str) -> str:
    """A program of the task's form that never gives what is asked."""
    if by_id()[task_id].entry_point is None:
        return "text = input()\nprint('no', text)\n"
    return "def f(x):\n    y = ('no', x)\n    return y\n"


@st.composite
def attacks(draw: st.DrawFn) -> tuple[Problem, str]:
    """A task, and a wrong program with pieces of attacks among its lines."""
    task_id = draw(st.sampled_from([*by_id()][::7]))
    lines = wrong(task_id).splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines)))
        before = lines[at] if at < len(lines) else ""
        indent = before[: len(before) - len(before.lstrip())]
        piece = draw(st.sampled_from(PIECES))
        lines[at:at] = [indent + line for line in piece.splitlines()]
    return problem_of(task_id, tests=1), "\n".join(lines)


@FEW
@given(attacks())
@pytest.mark.timeout(600)
def test_no_piece_of_an_attack_makes_a_wrong_program_pass(
    fuzzed: Sandbox, drawn: tuple[Problem, str]
) -> None:
    problem, source = drawn
    assert not judged(fuzzed, problem, source).passed


@st.composite
def coded(draw: st.DrawFn) -> tuple[Problem, str]:
    """The same where the tests are code, which calls the program."""
    problem, source = draw(attacks().filter(lambda drawn: drawn[0].entry_point is not None))
    (test,) = problem.tests
    code = f"got = f(*{test.args!r})\nassert got == {test.expected!r}"
    return Problem("c", "", [TestCase.assertion(code)], entry_point="f", limits=LIMITS), source


@FEW
@given(coded())
@pytest.mark.timeout(600)
def test_nor_where_the_test_is_code(fuzzed: Sandbox, drawn: tuple[Problem, str]) -> None:
    problem, source = drawn
    assert not judged(fuzzed, problem, source).passed
