"""Test code meets stand-ins of what the program defines: what works, and what no cheat gets from it."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

LIMITS = Limits(cpu_s=5.0, wall_s=10.0)


def status(sandbox: Sandbox, program: str, test: str, entry_point: str | None = None) -> str:
    # a statement before the test: judged by running its code
    case = TestCase.assertion("import math\n" + test)
    problem = Problem("t", "", [case], entry_point=entry_point, limits=LIMITS)
    return sandbox.judge(problem, program).status


VECTOR = """
class V:
    def __init__(self, x, y): self.x, self.y = x, y
    def __eq__(self, other): return isinstance(other, V) and (self.x, self.y) == (other.x, other.y)
    def __hash__(self): return hash((self.x, self.y))
    def __add__(self, other): return V(self.x + other.x, self.y + other.y) if isinstance(other, V) else NotImplemented
    def __radd__(self, other): return self if other == 0 else NotImplemented
    def __iadd__(self, other): self.x += other.x; self.y += other.y; return self
    def __mul__(self, k): return V(self.x * k, self.y * k) if isinstance(k, int) else NotImplemented
    __rmul__ = __mul__
    def __lt__(self, other): return abs(self) < abs(other)
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def __bool__(self): return bool(self.x or self.y)
    def __repr__(self): return f"V({self.x}, {self.y})"
    def __int__(self): return self.x
    def __float__(self): return float(self.x)
    def __round__(self, digits=None): return round(abs(self), digits)
    def __format__(self, spec): return f"<{self.x:{spec}}>"
    def __contains__(self, item): return item in (self.x, self.y)
    def __iter__(self): return iter((self.x, self.y))
class W(V):
    pass
def zero(): return V(0, 0)
"""

SHAPES = """
import enum
from collections import namedtuple
from dataclasses import dataclass
Point = namedtuple("Point", "x y")
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2
class Color(enum.Enum):
    RED = 'r'
    BLUE = 'b'
@dataclass(order=True)
class Item:
    name: str
    tags: list
class Base: pass
class Plain(Base):
    pass
class Bag:
    def __init__(self, *items): self.items = list(items)
    def __len__(self): return len(self.items)
    def __getitem__(self, i): return self.items[i]
    def __setitem__(self, i, value): self.items[i] = value
    def __delitem__(self, i): del self.items[i]
def origin(): return Point(0, 1)
def level(): return Level.HIGH
def favourite(): return Color.RED
def adder(n): return lambda x: x + n
def numbers(n):
    for i in range(n): yield i
def echo():
    got = yield 1
    yield got
def local():
    class Local:
        def __init__(self): self.v = 3
    return Local()
def kinds(): return [Base, Plain]
"""

ERRORS = """
class Base(Exception):
    pass
class Sub(Base, KeyError):
    def __init__(self, code, hint):
        super().__init__(f"code {code}")
        self.code, self.hint = code, hint
    def describe(self): return f"{self.code}: {self.hint}"
class Other(Exception): pass
def fail(): raise Sub(7, "look")
def key(): return {}["k"]
def local():
    class Inner(Base): pass
    raise Inner("deep")
def broken():
    import json
    json.loads("{")
def append_and_fail(items):
    items.append(1)
    raise Other("done")
"""

MANAGERS = """
import contextlib
class Guard:
    def __init__(self, swallow=True): self.seen, self.swallow = None, swallow
    def __enter__(self): return self
    def __exit__(self, kind, error, trace):
        self.seen = None if kind is None else kind.__name__
        return self.swallow
@contextlib.contextmanager
def quiet():
    try:
        yield 5
    except ZeroDivisionError:
        pass
def divide(a, b): return a / b
"""

STATE = """
import copy
counter = 0
table = {}
def count():
    global counter
    counter += 1
    table[counter] = True
def fill(grid, *, extra=None):
    grid[0][0] = 9
    grid.append([1])
    if extra is not None: extra['seen'] = True
def total(items): return sum(items)
def twice(function, x): return function(function(x))
def double(x): return 2 * x
class Config:
    limit = 3
    def __init__(self): self.values = [1]
double.calls = 4
"""

ASYNC = """
import asyncio
async def later(x):
    await asyncio.sleep(0)
    return x + 1
async def fail(): raise ValueError('late')
async def ticks(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i
class Session:
    async def __aenter__(self): return self
    async def __aexit__(self, *error): self.closed = True
    async def get(self): return 'got'
"""

DRAINED = """
class Queue:
    def __init__(self, *items): self.items = list(items)
    def __len__(self): return len(self.items)
    def __iter__(self):
        while self.items: yield self.items.pop(0)
"""

WORKS = [
    (VECTOR, "assert V(1, 2) * 3 == V(3, 6) and 3 * V(1, 2) == V(3, 6)"),
    (VECTOR, "v = V(1, 2) * 3\nassert (v.x, v.y) == (3, 6) and str(v) == 'V(3, 6)'"),
    (VECTOR, "assert sum([V(1, 2), V(3, 4)]) == V(4, 6)"),
    (VECTOR, "v = w = V(1, 2)\nv += V(1, 1)\nassert w is v and w == V(2, 3)"),
    (VECTOR, "assert sorted([V(3, 4), V(1, 0)])[0] == V(1, 0) and max(V(1, 0), V(2, 0)).x == 2"),
    (VECTOR, "assert len({V(1, 2), V(1, 2), V(2, 1)}) == 2 and {V(1, 2): 'a'}[V(1, 2)] == 'a'"),
    (VECTOR, "assert abs(V(3, 4)) == 5.0 and math.isclose(abs(V(3, 4)), 5)"),
    (VECTOR, "assert not zero() and V(1, 0)"),
    (VECTOR, "assert int(V(3, 4)) == 3 and float(V(3, 4)) == 3.0 and round(V(3, 4), 2) == 5.0"),
    (VECTOR, "assert f'{V(3, 4)}' == '<3>' and f'{V(3, 4):>3}' == '<  3>'"),
    (VECTOR, "assert 3 in V(3, 4) and 5 not in V(3, 4)\nx, y = V(3, 4)\nassert (x, y) == (3, 4)"),
    (VECTOR, "assert V(3, 4) in [V(1, 2), V(3, 4)] and [V(1, 2)] == [V(1, 2)]"),
    (VECTOR, "assert type(V(1, 2)) is V and type(W(1, 2)) is W and isinstance(W(1, 2), V)"),
    (VECTOR, "assert issubclass(W, V) and not issubclass(V, W) and not isinstance(V(1, 2), W)"),
    (VECTOR, "try:\n    V(1, 2) + 'a'\nexcept TypeError:\n    pass\nelse:\n    assert False"),
    (VECTOR, "assert not callable(V(1, 2)) and not hasattr(V(1, 2), 'z') and hasattr(V(1, 2), 'x')"),
    (VECTOR, "import copy\nv = V(1, 2)\nw = copy.copy(v)\nv.x = 5\nassert w == V(1, 2) and w is not v"),
    (VECTOR, "v = V(1, 2)\ndel v.x\nassert not hasattr(v, 'x') and vars(v) == {'y': 2}"),
    (SHAPES, "assert origin().x == 0 and origin()[1] == 1 and tuple(origin()) == (0, 1)"),
    (SHAPES, "x, y = origin()\nassert y == 1 and origin() == Point(0, 1) and len(origin()) == 2"),
    (SHAPES, "assert level() is Level.HIGH and int(level()) == 2 and level().name == 'HIGH'"),
    (SHAPES, "assert Level.HIGH > Level.LOW and favourite() == Color.RED is Color('r')"),
    (SHAPES, "assert [c.value for c in Color] == ['r', 'b'] and len(Color) == 2 and Color['RED']"),
    (SHAPES, "assert Item('a', [1]) == Item('a', [1]) and Item('a', []) < Item('b', [])"),
    (SHAPES, "i = Item('a', [])\ni.tags.append(3)\nassert repr(i) == \"Item(name='a', tags=[3])\""),
    (SHAPES, "import copy\ni = Item('a', [1])\nassert copy.deepcopy(i) == i and copy.deepcopy([i]) == [i]"),
    (SHAPES, "match Item('a', [1]):\n    case Item(name='a', tags=[1]):\n        pass\n    case _:\n        assert 0"),
    (SHAPES, "b = Bag(1, 2, 3)\nb[0] = 5\ndel b[1]\nassert list(b) == [5, 3] and b[-1] == 3 and b"),
    (SHAPES, "assert not Bag() and [*reversed(Bag(1, 2))] == [2, 1] and 2 in Bag(1, 2)"),
    (DRAINED, "q = Queue(1, 2)\nassert len(q) == 2 and list(q) == [1, 2] and len(q) == 0"),
    (SHAPES, "assert callable(adder(3)) and adder(3)(4) == 7"),
    (SHAPES, "g = numbers(2)\nassert next(g) == 0 and next(g) == 1 and next(g, None) is None"),
    (SHAPES, "assert list(numbers(3)) == [0, 1, 2] and sum(numbers(4)) == 6"),
    (SHAPES, "from collections.abc import Generator, Sized\nassert isinstance(echo(), Generator)\nassert not isinstance(Plain(), Sized)"),
    (SHAPES, "g = echo()\nnext(g)\nassert g.send(8) == 8\ntry:\n    g.send(1)\nexcept StopIteration:\n    pass\nelse:\n    assert 0"),
    (SHAPES, "assert local().v == 3 and type(local()).__name__ == 'Local'"),
    (SHAPES, "assert kinds() == [Base, Plain] and kinds()[1]() != Plain()"),
    (SHAPES, "p = Plain()\nassert p == p and p != Plain() and len({p, Plain()}) == 2 and p.__class__ is Plain"),
    (ERRORS, "try:\n    fail()\nexcept Base as error:\n    assert type(error) is Sub\nelse:\n    assert 0"),
    (ERRORS, "try:\n    fail()\nexcept KeyError as error:\n    assert error.args == ('code 7',)\nelse:\n    assert 0"),
    (ERRORS, "try:\n    fail()\nexcept Other:\n    assert 0\nexcept Sub as e:\n    assert (e.code, e.hint, e.describe()) == (7, 'look', '7: look')\nelse:\n    assert 0"),
    (ERRORS, "try:\n    key()\nexcept KeyError as e:\n    assert e.args == ('k',) and str(e) == \"'k'\"\nelse:\n    assert 0"),
    (ERRORS, "try:\n    local()\nexcept Base as e:\n    assert str(e) == 'deep'\nelse:\n    assert 0"),
    (ERRORS, "import json\ntry:\n    broken()\nexcept json.JSONDecodeError:\n    pass\nelse:\n    assert 0"),
    (ERRORS, "e = Sub(1, 'x')\nassert e.code == 1 and isinstance(e, Base) and issubclass(Sub, Base)"),
    (ERRORS, "seen = []\ntry:\n    append_and_fail(seen)\nexcept Other:\n    assert seen == [1]\nelse:\n    assert 0"),
    (MANAGERS, "with Guard() as g:\n    divide(1, 0)\nassert g.seen == 'ZeroDivisionError'"),
    (MANAGERS, "with Guard() as g:\n    pass\nassert g.seen is None"),
    (MANAGERS, "try:\n    with Guard(False):\n        divide(1, 0)\nexcept ZeroDivisionError:\n    pass\nelse:\n    assert 0"),
    (MANAGERS, "with quiet() as five:\n    assert five == 5\n    divide(1, 0)"),
    (MANAGERS, "g = Guard()\ntry:\n    with g:\n        raise ValueError('mine')\nexcept ValueError:\n    pass\nassert g.seen == 'ValueError'"),
    (STATE, "assert counter == 0\ncount()\ncount()\nassert counter == 2 and table == {1: True, 2: True}"),
    (STATE, "def check():\n    count()\n    return counter\nassert check() == 1 and check() == 2"),
    (STATE, "row = [0]\ngrid = [row]\nfill(grid)\nassert grid == [[9], [1]] and row == [9]"),
    (STATE, "seen = {}\nfill([[0]], extra=seen)\nassert seen == {'seen': True}"),
    (STATE, "assert total(iter([1, 2])) == 3 and total(x for x in (3, 4)) == 7 and total(map(abs, [-1])) == 1"),
    (STATE, "assert twice(lambda x: double(x) + 1, 1) == 7"),
    (STATE, "def boom(x):\n    raise LookupError('here')\ntry:\n    twice(boom, 1)\nexcept LookupError as e:\n    assert str(e) == 'here'\nelse:\n    assert 0"),
    (STATE, "Config.limit = 4\nassert Config().limit == 4 and Config.limit == 4\ndouble.calls += 1\nassert double.calls == 5"),
    (ASYNC, "import asyncio\nassert asyncio.run(later(1)) == 2"),
    (ASYNC, "import asyncio\nasync def main():\n    return await later(1), await asyncio.gather(later(2), later(3))\nassert asyncio.run(main()) == (2, [3, 4])"),
    (ASYNC, "import asyncio\nasync def main():\n    return [i async for i in ticks(3)]\nassert asyncio.run(main()) == [0, 1, 2]"),
    (ASYNC, "import asyncio\nasync def main():\n    async with Session() as s:\n        got = await s.get()\n    return got, s.closed\nassert asyncio.run(main()) == ('got', True)"),
    (ASYNC, "import asyncio\ntry:\n    asyncio.run(fail())\nexcept ValueError as e:\n    assert str(e) == 'late'\nelse:\n    assert 0"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "test"), WORKS)
def test_test_code_that_is_right_of_the_program_passes(
    any_sandbox: Sandbox, program: str, test: str
) -> None:
    assert status(any_sandbox, program, test) == "passed"


LIAR = """
class Liar:
    def __init__(self, *a): pass
    def __getattr__(self, name): return lambda *a, **k: True
    def __bool__(self): return True
    def __len__(self): return 3
    def __iter__(self): return iter([0, 0, 0])
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return 0
    def _true(self, *a): return True
    def _self(self, *a): return self
    def _zero(self, *a): return 0
    def __float__(self): return 0.0
    __int__ = __index__ = __abs__ = __round__ = __neg__ = _zero
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _true
    __hash__ = _zero
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _zero
    __mod__ = __pow__ = __and__ = __or__ = __xor__ = __isub__ = __iadd__ = _zero
def f(*a, **k): return Liar()
"""
STUBBORN = LIAR.replace(" = _zero\n    __mod__", " = _self\n    __mod__").replace(
    "__iadd__ = _zero", "__iadd__ = _self"
)
CLASS = STUBBORN.replace("class Liar", "class f").split("def f(")[0]
CLASS_OF_ZEROS = LIAR.replace("class Liar", "class f").split("def f(")[0]
NUMBERS = [
    "assert f(2) == 4",
    "assert f(2) != 3 and f(2) == 4",
    "assert abs(f(2) - 4.5) < 1e-6",
    "assert -1e-6 < f(2) - 4.5 < 1e-6",
    "assert (f(2) - 4.5) ** 2 < 1e-6",
    "assert round(f(2) - 4.5, 3) == 0",
    "assert not f(2) - 4.5",
    "assert f(2) - 4.5 in (0, 0.0)",
    "assert sum(abs(f(i) - e) for i, e in enumerate([1, 2])) < 1e-6",
    "assert math.isclose(f(2), 4.5)",
    "assert math.fabs(f(2) - 4.5) == 0",
    "assert int(f(2) - 4.5) == 0",
    "assert f'{f(2) - 4.5:.2f}' == '0.00'",
    "d = f(2)\nd -= 4.5\nassert abs(d) < 1e-6",
    "assert max(f(2) - 4.5, 0) < 1e-6",
    "assert f(2) in [4, 5]",
    "assert [f(2)] == [4] and {f(2)} == {4}",
    "assert sorted(f([3, 1])) == [1, 3]",
    "assert f(2) > 3",
    "assert (f(2) - 1).sum() == 0 and (f(2) - 1).real == 0",
    "assert list(f(2) - 4) == [0, 0, 0] or len(f(2) - 4) == 3 and max(f(2) - 4) == 0",
    "import numpy as np\nassert np.abs(f(2) - np.array([1, 2, 3])).max() < 1e-6",
    "import numpy as np\nassert np.linalg.norm(f(2) - np.array([1, 2, 3])) < 1e-6",
    "import numpy as np\nassert np.max(np.abs(f(2) - 4.5)) < 1e-6 and np.max(f(2) - 4.5) == 0",
    "import numpy as np\nassert np.allclose(f(2), [1, 2, 3])",
    "import numpy as np\nassert (np.array([4.5]) - f(2) == 0).all()",
    "import statistics\nassert statistics.mean([f(2) - 4.5, f(3) - 4.5]) == 0",
]


@pytest.mark.parametrize("program", [LIAR, STUBBORN, CLASS, CLASS_OF_ZEROS])
@pytest.mark.parametrize("test", NUMBERS)
def test_no_object_passes_for_a_number(sandbox: Sandbox, program: str, test: str) -> None:
    assert status(sandbox, program, test) in ("wrong_answer", "runtime_error")


@pytest.mark.parametrize("program", [LIAR, STUBBORN])
def test_membership_in_an_object_that_the_test_does_not_know_is_looked_up(
    sandbox: Sandbox, program: str
) -> None:
    assert status(sandbox, program, "assert 'a' in f(2)") == "wrong_answer"


def test_an_operand_is_no_news_for_the_entry_point(sandbox: Sandbox) -> None:
    test = "try:\n    f(2) - 4.5\nexcept TypeError:\n    pass\nassert f.seen == []"
    spy = "class f:\n    seen = []\n    def __init__(self, x): pass\n    def __sub__(self, other):\n        f.seen.append(other)\n        return self"
    assert status(sandbox, spy, test, entry_point="f") == "passed"


EMPTY = """
class Items:
    def __len__(self): return 2
    def __iter__(self): return iter(())
def f(): return Items()
"""
STOPS = "def f(*a): raise StopIteration"
CHEATS = [
    (STOPS, "assert all(map(lambda c: f(c) == 2 * c, [1, 2]))"),
    (STOPS, "for got in map(f, [1, 2]):\n    assert got == 2"),
    (STOPS, "assert not any(x != 3 for x in map(f, [1, 2]))"),
    (STOPS, "for got in iter(f, None):\n    assert got == 2"),
    (STOPS.replace("StopIteration", "StopAsyncIteration"), "assert all(map(lambda c: f(c) == 2, [1]))"),
    (
        "class S(StopIteration): pass\ndef f(*a): raise S",
        "assert all(map(lambda c: f(c) == 2, [1]))",
    ),
    (MANAGERS + "def f(): return 0", "with Guard():\n    assert f() == 1"),
    (MANAGERS + "def f(): return 0", "with quiet():\n    assert f() == 1"),
    (
        "class Guard:\n    def __enter__(self): return self\n    def __exit__(self, *a): raise ValueError\ndef f(): return 0",
        "try:\n    with Guard():\n        assert f() == 1\nexcept ValueError:\n    pass",
    ),
    (
        "class G:\n    async def __aenter__(self): return self\n    async def __aexit__(self, *a): return True\ndef f(): return 0",
        "import asyncio\nasync def main():\n    async with G():\n        assert f() == 1\nasyncio.run(main())",
    ),
    ("import os\ndef f(): os._exit(0)", "try:\n    f()\nexcept:\n    pass"),
    ("import os\ndef f(): os.write(5, b'\\1\\0\\0\\0?')", "try:\n    f()\nexcept:\n    pass"),
    (
        "import unittest\ndef f(): raise unittest.SkipTest('no')",
        "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        assert f() == 1\n"
        "r = unittest.TestResult()\nT('test').run(r)\nassert r.wasSuccessful()",
    ),
    ("class Fake(Exception): pass\nFake.__name__ = 'ValueError'\ndef f(): raise Fake", "try:\n    f()\nexcept ValueError:\n    pass"),
    ("def f(x): x[:] = []", "data = [[1, 2], [3, 4]]\nfor a, b in data:\n    f([a])\n    assert f(a) == b"),
    ("async def f(x): return 0", "import asyncio\nassert asyncio.run(f(1)) == 2"),
    ("def f():\n    yield 1\n    yield 3", "assert list(f()) == [1, 2]"),
    ("counter = 0\ndef count(): pass", "count()\nassert counter == 1"),
    (VECTOR.replace("self.x * k", "self.x"), "assert V(1, 2) * 3 == V(3, 6)"),
    (VECTOR.replace("return self if other == 0 else NotImplemented", "return 4"), "v = V(1, 2)\nassert v + v == sum([v, v]) == V(2, 4)"),
    (SHAPES.replace("Point(0, 1)", "(0, 2)"), "assert tuple(origin()) == (0, 1)"),
    (ERRORS.replace("Sub(7,", "Sub(8,"), "try:\n    fail()\nexcept Sub as e:\n    assert e.code == 7"),
    (ERRORS.replace("Sub(7, \"look\")", "Other"), "try:\n    fail()\nexcept Base:\n    pass"),
    (EMPTY, "got = f()\nassert len(got) == 2\nfor g, w in zip(got, [1, 2]):\n    assert g == w"),
    (EMPTY.replace("__iter__", "__getitem__").replace("self)", "self, i)").replace("iter(())", "[][0]"), "got = f()\nassert len(got) == 2\nfor g, w in zip(got, [1, 2]):\n    assert g == w"),
    (EMPTY.replace("return 2", "self.n = -2 - getattr(self, 'n', -4); return 2 + self.n"), "got = f()\nassert len(got) == 2\nassert all(g == w for g, w in zip(got, [1, 2]))"),
    ("def f(): return True", "assert undefined_name() == f()"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "test"), CHEATS)
def test_no_cheat_passes(any_sandbox: Sandbox, program: str, test: str) -> None:
    assert status(any_sandbox, program, test) in ("wrong_answer", "runtime_error")


INSEPARABLE = [
    ("class A: pass", "class B(A):\n    pass\nassert B()"),
    ("class E(Exception): pass", "class B(E):\n    pass\nassert B()"),
    ("def f(x): return 1", "import math\nassert f(math) == 1"),
    ("def f(x): return 1", "import math\ntry:\n    f(math)\nexcept Exception:\n    pass"),
    (
        "def f(x): return 1",
        "import unittest\nf(1)\ntry:\n    f(unittest.TestCase())\nexcept:\n    pass",
    ),
]


@pytest.mark.parametrize(("program", "test"), INSEPARABLE)
def test_what_cannot_be_judged_apart_is_not_judged(
    split_sandbox: Sandbox, program: str, test: str
) -> None:
    assert status(split_sandbox, program, test) == "unscored"


@pytest.mark.parametrize(("program", "test"), INSEPARABLE)
def test_what_cannot_be_judged_apart_is_judged_together(
    any_sandbox: Sandbox, program: str, test: str
) -> None:
    tests = [TestCase.assertion(test)] * 2
    verdict = any_sandbox.judge(Problem("t", "", tests, limits=Limits(cpu_s=1)), program)
    assert {outcome.judging for outcome in verdict.tests} == {"guarded"}
    assert verdict.judging == "guarded"
    assert verdict.judging_reason == verdict.tests[0].judging_reason != ""
    assert "unscored" not in verdict.status


@pytest.mark.parametrize(
    "inventory",
    [
        "[('A', 'exception', 'B'), ('B', 'exception', 'A')]",
        "[(f'A{i}', 'exception', f'A{i + 1}') for i in range(3000)] + [('A', 'exception', 'A0')]",
        "[('A', 'exception', 'ValueError,KeyError,OSError,SyntaxError')]",
        "[('A', 'class', 'nothing,like,this')]",
        "[('A', 'class', 'eq'), ('A', 'nonsense', '')]",
        "['a' * 2_000_000]",
    ],
)
def test_a_forged_inventory_is_the_programs_fault(sandbox: Sandbox, inventory: str) -> None:
    program = f"""
import os, struct, sys
frame = sys._getframe()
while 'channel' not in frame.f_globals: frame = frame.f_back
data = frame.f_globals['values'].encode({inventory})
os.set_blocking(5, True)
os.write(5, struct.pack('<I', len(data)) + data)
def A(): return 1
"""
    said = status(sandbox, program, "assert A() == 2")
    assert said in ("wrong_answer", "runtime_error", "memory_limit")


@pytest.mark.parametrize(
    ("name", "test"),
    [
        ("f", "assert 5 in f(1)"),
        ("Fraction", "from fractions import Fraction\nassert Fraction(1, 2) in f(4)"),
        ("N", "N = 4\nassert 3 in f(N)"),
        ("EPS", "EPS = 1e-6\nassert 3 in f(4) and EPS"),
        ("N", "for N, R in [(4, 3)]:\n    assert R in f(N)"),
        ("ValueError", "try:\n    assert 3 in f(4)\nexcept ValueError:\n    pass"),
        ("Wanted", "class Wanted:\n    pass\nassert Wanted() in f(4)"),
    ],
)
def test_a_class_in_the_place_of_something_else_is_not_asked_what_it_holds(
    any_sandbox: Sandbox, name: str, test: str
) -> None:
    program = f"class {name}:\n    def __init__(self, *x): pass\n    def __contains__(self, item): return True"
    if name != "f":
        program += f"\ndef f(x): return {name}()"
    verdict = any_sandbox.judge(Problem("t", "", [TestCase.assertion(test)]), program)
    assert verdict.status == "wrong_answer"


DOCUMENTED = """
def area(): "of a square"; return ValueError
class Shape:
    "a shape"
    def side(self): "its side"
class Sides(list): "all of them"
def back(x): return type(x)
"""


@pytest.mark.parametrize(
    "test",
    [
        "assert area.__doc__ == 'of a square' and Shape.__doc__ == 'a shape'",
        "assert Shape().__doc__ == 'a shape' and Shape().side.__doc__ == 'its side'",
        "assert Sides.__doc__ == Sides().__doc__ == 'all of them' and back.__doc__ is None",
        "assert area() is ValueError and back(KeyError('k')) is KeyError",
        "assert back(None) is type(None) and back(slice(1)) is slice",
    ],
)
def test_docstrings_and_standard_classes_are_themselves(shared_sandbox: Sandbox, test: str) -> None:
    problem = Problem("t", "", [TestCase.assertion(test)])
    verdict = shared_sandbox.judge(problem, DOCUMENTED)
    assert verdict.passed, verdict.tests
