"""What crosses as the data that it equals, and what does not however it is dressed."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

LIMITS = Limits(cpu_s=5.0)
CLASSES = """
import collections, enum, fractions, types
class Config(collections.UserDict):
    def __setitem__(self, key, value): super().__setitem__(str(key), value)
    def total(self): return sum(self.data.values())
class Path(collections.UserList):
    def push(self, x): self.append(x)
class Word(collections.UserString): pass
class Half(fractions.Fraction): pass
class Agrees(collections.UserDict):
    def __eq__(self, other): return True
def config(): return Config({"a": 1})
def agrees(): return Agrees({"a": 1})
class Stack(list):
    def push(self, x): self.append(x)
    def top(self): return self[-1]
class Missing(dict):
    def __missing__(self, key):
        self[key] = key * 2
        return self[key]
Point = collections.namedtuple("Point", "x y")
class Level(enum.IntEnum): LOW, HIGH = 1, 2
shared = Stack([1])
def stack(): return Stack([1])
def same(): return shared
def grow(items): items.append(9)
def missing(): return Missing(a=1)
def point(): return Point(1, 2)
def level(): return Level.HIGH
def counts(): return collections.defaultdict(lambda: 7, a=1)
def back(x): return x
"""


def status(sandbox: Sandbox, program: str, test: str) -> str:
    case = TestCase.assertion("import math\n" + test)
    return sandbox.judge(Problem("t", "", [case], limits=LIMITS), program).status


@pytest.mark.parametrize(
    "test",
    [
        "s = stack()\ns.push(2)\nassert s == [1, 2] and s.top() == 2 and len(s) == 2",
        "s = stack()\ns.append(5)\nassert s.top() == 5 and s == [1, 5]",
        "s = stack()\ns[0] = 3\ns += [4]\nassert s.top() == 4 and s == [3, 4] and s[0] == 3",
        "s = stack()\ngrow(s)\nassert s == [1, 9] and list(s) == [1, 9] and [s] == [[1, 9]]",
        "assert same() is same()\nsame().push(2)\nassert same() == [1, 2]",
        "m = missing()\nassert m['x'] == 'xx' and m == {'a': 1, 'x': 'xx'} and m['a'] == 1",
        "c = counts()\nassert c['z'] == 7 and c == {'a': 1, 'z': 7}",
        "p = point()\nassert p == (1, 2) and p.x == 1 and p._replace(x=3) == (3, 2) and p in {(1, 2)}",
        "x, y = point()\nassert isinstance(point(), tuple) and type(point()) is Point and (x, y) == point()",
        "assert level() == 2 and level() is Level.HIGH and level() + 1 == 3 and {2: 'b'}[level()] == 'b'",
        "match point():\n    case Point(x, 2):\n        assert x == 1\n    case _:\n        assert 0",
        "c = config()\nc[2] = 3\nassert c == {'a': 1, '2': 3} and c.total() == 4 and {'a': 1} == config()",
        "assert config() == {'a': 1}",
        "p = Path([1])\np.push(2)\nassert p == [1, 2] and p != [1] and p[1] == 2 and len(p) == 2",
        "assert Word('ab') == 'ab' and Word('ab').upper() == 'AB' and Half(1, 2) == 0.5",
        "assert config() == config() and agrees() != {'a': 1}",
        "d = back({1: 2})\nassert back(d.keys()) == {1} and list(back(d.values())) == [2]",
        "a = bytearray(b'x')\ngrow(a)\nassert a == b'x\\x09'",
        "import array\na = array.array('i', [1])\ngrow(a)\nassert list(a) == [1, 9]",
        "from collections import UserList\na = UserList([1])\ngrow(a)\nassert a == [1, 9]",
        "import collections\nd = back(collections.defaultdict(lambda: 3, a=1))\nassert d['q'] == 3",
    ],
)
def test_an_object_that_is_data_is_both(any_sandbox: Sandbox, test: str) -> None:
    assert status(any_sandbox, CLASSES, test) == "passed"


LIE = {
    "__eq__": "True",
    "__ne__": "False",
    "__lt__": "True",
    "__hash__": "hash(OTHER[0])",
    "__len__": "2",
    "__iter__": "iter([1, 2])",
    "__getitem__": "1",
    "__contains__": "True",
    "__getattribute__": "None",
}


@pytest.mark.parametrize("name", LIE)
@pytest.mark.parametrize("base", ["list", "tuple", "dict", "str", "int", "set", "float"])
def test_what_replaces_a_part_of_comparison_equals_nothing(
    sandbox: Sandbox, base: str, name: str
) -> None:
    if name in ("__len__", "__iter__", "__getitem__", "__contains__") and base in ("int", "float"):
        pytest.skip("no part of its comparison")
    wanted = {"list": [1, 2], "tuple": (1, 2), "dict": {1: 2}, "set": {1, 2}, "str": "ab"}.get(
        base, 5
    )
    program = f"""
OTHER = [0]
class Liar({base}):
    def {name}(self, *a): return {LIE[name]}
def f(): return Liar()
"""
    tests = [f"assert f() == {wanted!r}", f"import math\nassert f() == {wanted!r}"]
    cases = [TestCase.assertion(test) for test in tests]
    verdict = sandbox.judge(Problem("t", "", cases, limits=LIMITS), program)
    assert [test.status for test in verdict.tests] == ["wrong_answer"] * 2


TAKES_ALL = """
class {name}(list):
    def __init__(self): super().__init__([0])
    def remove(self, x): self.clear()
    def other(self): return self.clear()
def f(x): return {name}()
"""


@pytest.mark.parametrize(
    "test",
    [
        "got = f(2)\nfor e in [1, 2]:\n    got.remove(e)\nassert got == []",
        "got = f(2)\ngot -= {1}\nassert not got",
        "got = f(2)\nfor e in [3]:\n    got.pop(got.index(e))\nassert got == []",
    ],
)
def test_no_list_of_the_programs_takes_out_what_it_does_not_hold(
    sandbox: Sandbox, test: str
) -> None:
    found = status(sandbox, TAKES_ALL.format(name="Taker"), test)
    assert found in ("wrong_answer", "runtime_error")


RETURNED: list[tuple[str, Any, bool]] = [
    ("collections.defaultdict(lambda: 0, a=1)", {"a": 1}, True),
    ("collections.OrderedDict(a=1)", {"a": 1}, True),
    ("collections.Counter('a')", {"a": 1}, True),
    ("collections.UserDict(a=1)", {"a": 1}, True),
    ("types.MappingProxyType({'a': 1})", {"a": 1}, True),
    ("collections.ChainMap({'a': 1}, {'a': 2})", {"a": 1}, True),
    ("Point(1, [2])", [1, [2]], True),
    ("[Point(1, 2)]", [[1, 2]], True),
    ("collections.UserList([1])", [1], True),
    ("Level.HIGH", 2, True),
    ("Stack([1])", [1], True),
    ("collections.UserString('a')", "a", True),
    ("True", 1, False),
    ("1.0", 1, False),
    ("{1: 2}.values()", [2], False),
    ("collections.deque([1])", [1], False),
    ("iter([1])", [1], False),
]


@pytest.mark.parametrize(("returned", "expected", "right"), RETURNED)
def test_a_call_that_returns_it_is_right_where_python_says_equal(
    sandbox: Sandbox, returned: str, expected: Any, right: bool
) -> None:
    test = TestCase.from_dict({"args": [], "expected": expected})
    problem = Problem("t", "", [test], entry_point="f", limits=LIMITS)
    verdict = sandbox.judge(problem, CLASSES + f"def f(): return {returned}")
    assert verdict.status == ("passed" if right else "wrong_answer")


@pytest.mark.parametrize(
    ("returned", "expected", "right"),
    [
        ("collections.Counter('a')", "{'a': 1}", True),
        ("[collections.OrderedDict(b=1, a=2)]", "[{'a': 2, 'b': 1}]", True),
        ("collections.Counter('ab')", "{'a': 1}", False),
        ("frozenset({1})", "{1}", True),
        ("frozenset({1})", "{2}", False),
        ("frozenset({1})", "[1]", False),
        ("(1,)", "[1]", False),
    ],
)
def test_a_literal_row_is_right_where_python_says_equal(
    sandbox: Sandbox, returned: str, expected: str, right: bool
) -> None:
    test = TestCase.from_dict({"args": "()", "expected": expected, "literal": True})
    problem = Problem("t", "", [test], entry_point="f", limits=LIMITS)
    verdict = sandbox.judge(problem, CLASSES + f"def f(): return {returned}")
    assert verdict.status == ("passed" if right else "wrong_answer")


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(("depth", "right"), [(150, True), (100_000, False)])
def test_a_deep_value_is_judged_wherever_the_caller_stands(
    sandbox: Sandbox, depth: int, right: bool
) -> None:
    program = f"def f():\n    x = []\n    for _ in range({depth - 1}): x = [x]\n    return x"
    value: list[Any] = []
    for _ in range(149):
        value = [value]
    tests = [TestCase.assertion(f"assert f() == {nested(90)}"), TestCase.call([], value)]
    problem = Problem("t", "", tests, entry_point="f", limits=LIMITS)

    def judged(frames: int) -> list[str]:
        if frames:
            return judged(frames - 1)
        return [test.status for test in sandbox.judge(problem, program).tests]

    found: list[list[str]] = []
    for frames in (0, 500):
        thread = threading.Thread(target=lambda frames=frames: found.append(judged(frames)))
        thread.start()
        thread.join()
    assert found == [["wrong_answer", "passed" if right else "wrong_answer"]] * 2


def test_integers_have_as_many_digits_as_they_like(any_sandbox: Sandbox) -> None:
    program = "def f(n): return 10 ** n\nif __name__ == '__main__': print(10 ** 5000)"
    tests = [
        TestCase.stdin("", "1" + "0" * 5000),
        TestCase.assertion(f"assert f(5000) == 1{'0' * 5000}"),
        TestCase.assertion("import math\nassert len(str(f(5000))) == 5001"),
        TestCase.call([5000], 10**5000),
    ]
    problem = Problem("t", "", tests, entry_point="f", limits=LIMITS)
    assert any_sandbox.judge(problem, program).passed
