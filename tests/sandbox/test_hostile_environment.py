"""What a program does to captured output, mocks, seeds, threads and loops of a test fails the test."""

from __future__ import annotations

import pytest

from rltf import Problem, TestCase, TestOutcome
from rltf.sandbox import Sandbox

from .time_limits import limits_for

FORGE = """
import os, struct
def text(word): return b"s" + struct.pack("<I", len(word)) + word
def tup(*items): return b"t" + struct.pack("<I", len(items)) + b"".join(items)
def num(value): return b"i" + struct.pack("<I", 9) + value.to_bytes(9, "little", signed=True)
def raw(data): os.write(5, struct.pack("<I", len(data)) + data)
def news(*items): raw(struct.pack("<BI", ord("!"), 0) + struct.pack("<I", 0) + tup(*items))
"""
CAPTURED = """
import io, contextlib
out = io.StringIO()
with contextlib.redirect_stdout(out):
    f(1)
assert out.getvalue() == "right"
"""
SEEDED = """
import random
random.seed(5)
first = [random.random() for _ in range(3)]
random.seed(5)
f(1)
assert [random.random() for _ in range(3)] == [0.5, 0.5, 0.5]
"""
MOCKED = """
from unittest.mock import patch
with patch("builtins.print") as shown:
    f(1)
shown.assert_called_once_with("right")
"""
THREADED = """
import threading
found = []
thread = threading.Thread(target=lambda: found.append(f(1)))
thread.start()
thread.join(1)
assert found == [2]
"""
LOOPED = """
import asyncio
async def main(): return await f(1)
assert asyncio.run(main()) == 2
"""
LOGGED = """
import unittest
class Tests(unittest.TestCase):
    def test_it(self):
        with self.assertLogs("app", "INFO") as logs:
            f(1)
        self.assertEqual(logs.output, ["INFO:app:right"])
"""
WARNED = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    f(1)
assert [str(each.message) for each in caught] == ["right"]
"""
FAILS = ("runtime_error", "wrong_answer")
# What the program does before it returns, the test, and the statuses that may come back.
FORGED = {
    "a stream that nobody gave": (
        'news(text(b"streams"), tup(tup(num(77), text(b"right"))), b"N", tup())',
        CAPTURED,
        FAILS,
    ),
    "a negative number of a stream": (
        'news(text(b"streams"), tup(tup(num(-1), text(b"right"))), b"N", tup())',
        CAPTURED,
        FAILS,
    ),
    "no stream at all": ('news(text(b"streams"), num(3), num(3), num(3))', CAPTURED, FAILS),
    "a position of no input": ('news(text(b"streams"), tup(), num(5), tup())', CAPTURED, FAILS),
    "another descriptor": (
        'news(text(b"streams"), tup(), b"N", tup(tup(num(3), b"b" + struct.pack("<I", 1) + b"x")))',
        CAPTURED,
        FAILS,
    ),
    "an unknown part": ('news(text(b"nothing"), tup())', CAPTURED, FAILS),
    "patches": ('news(text(b"patches"), tup())', CAPTURED, FAILS),
    "a state of random": (
        'news(text(b"random"), tup(tup(text(b"random"), tup(num(3), num(1), b"N"))))',
        SEEDED,
        FAILS,
    ),
    "a generator that nobody has": (
        'news(text(b"random"), tup(tup(text(b"other"), tup())))',
        SEEDED,
        FAILS,
    ),
    "random seeded by the program": ("import random; random.seed(1)", SEEDED, FAILS),
    "random set by the program": (
        "import random; random.setstate((3, tuple([0] * 624 + [1]), None))",
        SEEDED,
        FAILS,
    ),
    "a shared generator without a method": ("import random; random.getstate = None", SEEDED, FAILS),
    "a mock without its check": (
        "import builtins\n    builtins.print.assert_called_once_with = lambda *a: None",
        MOCKED,
        FAILS,
    ),
    "a mock's calls": ("import builtins\n    builtins.print.call_count = 1", MOCKED, FAILS),
    "what a mock has recorded": ("print(print.mock_calls)", MOCKED, FAILS),
    "a mock's own frame": ("print.assert_called_once_with.__globals__", MOCKED, FAILS),
    "no record": ('news(text(b"logs"), tup(tup(text(b"app"), num(1))))', LOGGED, FAILS),
    "a record without a level": (
        'news(text(b"logs"), tup(tup(text(b"app"), b"d" + struct.pack("<I", 0))))',
        LOGGED,
        FAILS,
    ),
    "no warning": (
        'news(text(b"warnings"), tup(tup(text(b"right"), num(1), num(1), num(1))))',
        WARNED,
        FAILS,
    ),
    "a conversation out of turn": ('raw(struct.pack("<BI", ord("+"), 9))', THREADED, FAILS),
    "many conversations": (
        'for i in range(2, 4000, 2): raw(struct.pack("<BI", ord("+"), i))',
        THREADED,
        (*FAILS, "timeout"),
    ),
    "a message of no conversation": (
        'raw(struct.pack("<BI", ord("@"), 40) + struct.pack("<I", 0) + b"N")',
        THREADED,
        FAILS,
    ),
    "the end of a conversation": ('raw(struct.pack("<BI", ord("@"), 0))', CAPTURED, FAILS),
    "turns": (
        'for i in range(50): raw(struct.pack("<BI", ord("?"), 0))\n    return 3',
        THREADED,
        (*FAILS, "timeout"),
    ),
    "an answer to another thread": (
        'raw(struct.pack("<BI", ord("@"), 0) + struct.pack("<I", 0) + tup(text(b"value"), num(2)))',
        THREADED,
        FAILS,
    ),
    "a short frame": ('raw(b"@")', CAPTURED, FAILS),
    "times that never come": (
        'news(text(b"loop"), tup(tup(num(1), b"f" + struct.pack("<d", float("nan")))), tup())',
        LOOPED,
        FAILS,
    ),
    "somebody who does not wait": ('news(text(b"loop"), tup(), tup(num(9)))', LOOPED, FAILS),
    "a step that is none": (
        'raw(struct.pack("<I", 0) + tup(text(b"value"), num(2)))',
        LOOPED,
        FAILS,
    ),
}


def judged(sandbox: Sandbox, program: str, test: str, *statuses: str) -> TestOutcome:
    limits = limits_for(*statuses)
    problem = Problem("t", "", [TestCase.assertion(test)], entry_point="f", limits=limits)
    (outcome,) = sandbox.judge(problem, program).tests
    return outcome


@pytest.mark.parametrize(("forged", "test", "statuses"), FORGED.values(), ids=FORGED)
def test_a_forged_message_fails_the_test(
    any_sandbox: Sandbox, forged: str, test: str, statuses: tuple[str, ...]
) -> None:
    kind = "async def" if test is LOOPED else "def"
    program = f"{FORGE}\n{kind} f(x):\n    {forged}\n    return 3"
    outcome = judged(any_sandbox, program, test, *statuses)
    assert outcome.status in statuses, outcome
    assert outcome.judging == "split"


MUCH = {
    "output without end": ("while True: print('x' * 10_000)", CAPTURED),
    "empty output without end": ("while True: print(end='')", CAPTURED),
    "calls of a mock without end": ("while True: print('right')", MOCKED),
    "warnings without end": ("import warnings\n    while True: warnings.warn('right')", WARNED),
    "records without end": (
        "import logging\n    while True: logging.getLogger('app').info('right')",
        LOGGED,
    ),
    "threads without end": (
        "import threading\n    while True: threading.Thread(target=f, args=(1,)).start()",
        THREADED,
    ),
    "a wait without end": ("import threading\n    threading.Event().wait()", THREADED),
}


@pytest.mark.parametrize(("much", "test"), MUCH.values(), ids=MUCH)
def test_a_program_that_never_ends_is_the_programs_fault(
    any_sandbox: Sandbox, much: str, test: str
) -> None:
    expected = ("timeout", "memory_limit", "wrong_answer", "runtime_error", "output_limit")
    outcome = judged(any_sandbox, f"def f(x):\n    {much}", test, *expected)
    assert outcome.status in expected, outcome


def test_the_state_that_comes_from_the_secret_is_never_handed_over(any_sandbox: Sandbox) -> None:
    """The program draws from its own stream until the test has chosen a seed itself."""
    program = "import random\ndef f(x): return random.random()"
    own = "import random\nrandom.seed(0)\nassert f(1) == __import__('random').Random(0).random()"
    assert judged(any_sandbox, program, own).passed
    for seed in ("", "None", "random.random()", "random.getrandbits(64)"):
        drawn = "random.random(); " if seed else ""
        test = f"import random\n{drawn}random.seed({seed})\nassert f(1) == random.random()"
        assert judged(any_sandbox, program, test).status == "wrong_answer", seed
