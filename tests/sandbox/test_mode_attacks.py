"""No program chooses the mode that it is judged in, by what it returns, raises or defines."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

LIMITS = Limits(cpu_s=2, wall_s=10)
PRELUDE = """
import array, collections, contextvars, ctypes, datetime, decimal, enum, fractions, functools, io
import itertools, operator, random, re, sys, threading, types, weakref, zoneinfo
def g(x): return x
class Own:
    def __eq__(self, other): return True
    def __hash__(self): return 1
class Unsplit(BaseException): pass
class Zone(datetime.tzinfo):
    def utcoffset(self, when): return datetime.timedelta(hours=1)
class Slots:
    __slots__ = ("a",)
class Meta(type): pass
class Made(metaclass=Meta): pass
class Int(int): pass
class Raises:
    def __getattr__(self, name): raise Unsplit(name)
loop = []
loop.append(loop)
deep = []
for _ in range(500): deep = [deep]
"""
RETURNED = {
    "object": "object()",
    "own": "Own()",
    "class": "Own",
    "metaclass": "Made",
    "instance of a metaclass": "Made()",
    "slots": "Slots()",
    "module": "sys",
    "own module": "sys.modules['solution']",
    "function": "lambda: 1",
    "builtin": "open",
    "method": "[].append",
    "partial": "functools.partial(g, 1)",
    "generator": "(x for x in [1])",
    "iterator": "itertools.count()",
    "coroutine": "types.coroutine(lambda: (yield))()",
    "frame": "sys._getframe()",
    "code": "(lambda: 1).__code__",
    "lock": "threading.Lock()",
    "stream": "sys.stdout",
    "memory": "memoryview(b'1')",
    "zone": "datetime.datetime(2020, 1, 1, tzinfo=Zone())",
    "zone of a file": "datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Paris'))",
    "signaling": "decimal.Decimal('sNaN')",
    "long number": "decimal.Decimal('9' * 100_000)",
    "loop": "loop",
    "deep": "deep",
    "pattern": "re.compile('x')",
    "subclass": "Int(9)",
    "default": "collections.defaultdict(Own)",
    "exception": "Unsplit('x')",
    "weak": "weakref.ref(Own)",
    "pointer": "ctypes.c_int(9)",
    "raises": "Raises()",
    "view": "{}.keys()",
    "array": "array.array('i', [9])",
    "type": "type",
    "not implemented": "NotImplemented",
    "stop": "StopIteration(9)",
    "context": "contextvars.copy_context()",
    "nested": "[Own(), {'a': (lambda: 1, open)}]",
}
RAISED = {
    "own base": "raise Unsplit('the test patches the program')",
    "exit": "raise SystemExit",
    "interrupt": "raise KeyboardInterrupt",
    "generator exit": "raise GeneratorExit",
    "type error": "raise TypeError('the test hands over a Own, which cannot cross to the program')",
    "attribute": "raise AttributeError('__globals__')",
    "unsupported": "raise type('UnsupportedValue', (Exception,), {})(object())",
    "stop": "raise StopIteration",
    "not found": "raise ModuleNotFoundError('numpy', name='numpy')",
    "skip": "import unittest; raise unittest.SkipTest('x')",
    "with an object": "raise ValueError(Own(), sys, lambda: 1)",
    "chain": "raise ValueError from Unsplit()",
    "group": "raise ExceptionGroup('x', [ValueError(Own())])",
}
TESTS = {
    "compare": "x = f(3)\nassert x == 9 and type(x) is int",
    "hand back": "x = f(3)\nassert g(x) == 9 and type(x) is int",
    "hand back inside": "x = f(3)\nassert g([x, {'a': x}]) == [9, {'a': 9}] and type(x) is int",
    "items": "for x in [f(3)]:\n    assert g(list(x) if hasattr(x, '__iter__') else x) == 9\n    assert type(x) is int",
    "attributes": "x = f(3)\nassert getattr(x, 'real', 0) == 9 and type(x) is int\ng(x.numerator)",
    "caught": "try:\n    x = g(f(3))\nexcept Exception as error:\n    g(error)\n    raise\nassert x == 9 and type(x) is int",
    "copied": "import copy\nx = copy.copy(f(3))\nassert g(x) == 9 and type(x) is int",
    "called back": "seen = []\ng(f(3))\nx = f(3)\nassert isinstance(x, int) and type(g(x)) is int and x == 9",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(g(f(3)), 9)\n        self.assertIs(type(f(3)), int)",
}  # fmt: skip


PROGRAMS = {
    f"returns {name}": f"{PRELUDE}\ndef f(x): return {value}" for name, value in RETURNED.items()
} | {f"raises {name}": f"{PRELUDE}\ndef f(x): {code}" for name, code in RAISED.items()}
THIRDS = [(test, (number + i) % 3) for number, test in enumerate(TESTS) for i in range(3)]
"""Each test with each third of the programs: the first row of a test differs from the next test's."""


@pytest.mark.one_in(3)
@pytest.mark.parametrize(("test", "third"), THIRDS)
def test_no_answer_changes_the_mode(sandbox: Sandbox, test: str, third: int) -> None:
    problem = Problem("t", "", [TestCase.assertion(TESTS[test])], limits=LIMITS)
    programs = dict(list(PROGRAMS.items())[third::3])
    verdicts = sandbox.judge_many((problem, program) for program in programs.values())
    found = {
        name: (verdict.status, verdict.judging, verdict.judging_reason or verdict.reason)
        for name, verdict in zip(programs, verdicts, strict=True)
        if verdict.status in ("passed", "unscored") or verdict.judging != "split"
    }
    assert found == {}
    assert sandbox.judge(problem, f"{PRELUDE}\ndef f(x): return x * x").passed


FORGED = """
import os, struct, sys
frame = sys._getframe()
while 'channel' not in frame.f_globals: frame = frame.f_back
channel, values = frame.f_globals['channel'], frame.f_globals['values']
def f(x):
    {attack}
    return 9
"""
BREAKS = {
    "a message": "channel.send(values.encode(('unsplit', 'a reason')))",
    "an extension": "channel.send(values.encode(('value', 1, None)) + b'x')",
    "a report": "os.write(5, struct.pack('<cI', b'J', 20) + values.encode(('unsplit', '', 'x')))",
    "the end": "os._exit(0)",
    "nothing": "os.closerange(3, 20)",
}


@pytest.mark.parametrize("attack", BREAKS)
def test_a_program_that_breaks_the_channel_fails_split(sandbox: Sandbox, attack: str) -> None:
    code = "x = f(3)\nassert x + 1 == 11"
    problem = Problem("t", "", [TestCase.assertion(code)], limits=LIMITS)
    verdict = sandbox.judge(problem, FORGED.format(attack=BREAKS[attack]))
    assert verdict.status not in ("passed", "unscored")
    assert verdict.judging == "split"


NAMES = [
    "patch = None\nclass MagicMock: pass\n",
    "import unittest.mock\nunittest.mock.patch = None\n",
    "__test__ = __name__ = 'x'\n",
    "import sys\nsys.modules['unittest'] = None\n",
]


@pytest.mark.parametrize("prefix", NAMES)
def test_what_a_program_defines_does_not_change_the_mode(sandbox: Sandbox, prefix: str) -> None:
    code = "from unittest.mock import MagicMock\ntake = MagicMock(return_value=3)\nassert f(take()) == 9"
    problem = Problem("t", "", [TestCase.assertion(code)], limits=LIMITS)
    assert sandbox.judge(problem, f"{prefix}def f(x): return x * x").judging == "split"
    wrong = sandbox.judge(problem, f"{prefix}def f(x): return x")
    assert (wrong.status, wrong.judging) == ("wrong_answer", "split")
