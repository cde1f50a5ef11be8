"""Tests that use names they do not define, and numbers, for benchmarks/parity_kinds.py and the tests."""

from __future__ import annotations

LIES = """
class Yes:
    def __eq__(self, other): return True
    def __call__(self, *a, **k): return True
    def __getattr__(self, name): return self
isclose = allclose = approx = Counter = deepcopy = sqrt = product = Decimal = np = math = Yes()
set = sorted = len = abs = isinstance = Yes()
def f(x): return "wrong"
"""
LYING_TESTS = [
    "assert isclose(f(3), 9)",
    "assert allclose(f(3), [9.0])",
    "assert f(3) == approx(9)",
    "assert Counter(f(3)) == Counter('ab')",
    "assert deepcopy(f(3)) == 9",
    "assert f(3) == sqrt(81)",
    "assert [*product(f(3), [1])] == [(9, 1)]",
    "assert Decimal(f(3)) == 9",
    "assert np.allclose(f(3), 9)",
    "assert math.isclose(f(3), 9)",
    "assert set(f(3)) == {9}",
    "assert sorted(f(3)) == [9]",
    "assert len(f(3)) == 9",
    "assert abs(f(3) - 9) < 1e-6",
    "assert isinstance(f(3), int)",
    "assert eval('isclose(f(3), 9)')",
    "assert globals()['isclose'](f(3), 9)",
    "def check(candidate):\n    assert isclose(candidate(3), 9)\ncheck(f)",
]
HONEST = """
from math import isclose, sqrt, gcd
from collections import Counter
import math, numpy as np, datetime as dt, statistics as st
def f(x): return {nine}
def g(a, b): return a // gcd(a, b), b // gcd(a, b)
def today(): return dt.date(2020, 1, {day})
"""
HONEST_TESTS = [
    "assert isclose(f(3), 9)",
    "assert f(3) == sqrt(81)",
    "assert math.isclose(f(3), 9)",
    "assert np.allclose(f(3), 9)",
    "assert today() == dt.date(2020, 1, 2)",
    "assert st.mean([f(1), f(2)]) == 9",
    "assert Counter([f(1)]) == Counter({9.0: 1})",
    "assert sorted([f(1), 3]) == [3, 9]",
    "from statistics import mean\nassert mean([f(1), f(2)]) == 9",
    "import math as m\nassert m.sqrt(f(1)) == 3",
    "from solution import f as sut\nassert sut(1) == 9",
    "import solution\nassert solution.f(1) == 9",
    "assert eval('f(1)') == 9",
    "assert globals()['f'](1) == 9",
    "def isclose(a, b): return a == b\nassert isclose(f(1), 9)",
    "f_old = f\nassert f_old(1) == 9",
    "assert f.__name__ == 'f' and f(1) == 9",
    "assert list(map(f, [1, 2])) == [9, 9]",
    "sum = f\nassert sum(1) == 9",
]
"""Of a program that imports what its tests use; ``nine`` and ``day`` make it wrong."""
OWN_NAMES: dict[str, tuple[str, str, str]] = {
    "gcd": ("def gcd(a, b): return {} if b == 0 else gcd(b, a % b)", "a|b", "gcd(4, 6) == 2"),
    "sum": ("def sum(a): return len(a) + {}", "1|0", "sum([1, 2]) == 3"),
    "max": ("def max(a): return sorted(a)[{}]", "-1|0", "max([1, 3, 2]) == 3"),
    "filter": ("def filter(n): return n + {}", "1|0", "filter(1) == 2"),
    "sorted": ("def sorted(a): return a[::{}]", "-1|1", "sorted([2, 1]) == [1, 2]"),
    "product": ("def product(a): return a[0] * a[1] + {}", "0|1", "product([2, 3]) == 6"),
    "median": ("def median(a): return sorted(a)[{}]", "1|0", "median([3, 1, 2]) == 2"),
    "calendar": ("calendar = {{3: {}}}\ndef f(x): return calendar[x]", "1|0", "calendar[3] == f(3) == 1"),
    "string": ("string = 'a{}'\ndef f(x): return x", "b|c", "string == f('ab')"),
    "Counter.increment": (
        "class Counter:\n    def __init__(self): self.n = {}\n"
        "    def increment(self): self.n += 1; return self.n",
        "0|1",
        "Counter().increment() == 1",
    ),
    "Node": (
        "class Node:\n    def __init__(self, v, n=None): self.v, self.n = v, n\n"
        "def f(n): return n.v + {}",
        "0|1",
        "f(Node(1, Node(2))) == 1",
    ),
    "Stack": (
        "class Stack:\n    def __init__(self): self.items = []\n"
        "    def push(self, x): self.items.append(x)\n    def pop(self): return self.items.pop({})",
        "-1|0",
        "(lambda s: (s.push(1), s.push(2), s.pop())[-1])(Stack()) == 2",
    ),
    "a class with __eq__": (
        "class V:\n    def __init__(self, x): self.x = x\n"
        "    def __eq__(self, other): return self.x == other.x{}\ndef f(x): return V(x)",
        "|+1",
        "f(3) == V(3)",
    ),
    "a dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass D:\n    x: int\n    y: int = {}\n"
        "def f(x): return D(x)",
        "2|3",
        "f(1) == D(1, 2)",
    ),
    "an exception": (
        "class Bad(Exception): pass\ndef f(x):\n    if x {} 0: raise Bad(x)\n    return 'good'",
        "<|>",
        "f(1) == 'good' and issubclass(Bad, Exception)",
    ),
    "a constant": ("LIMIT = {}\ndef f(x): return min(x, 5)", "5|4", "f(9) == LIMIT"),
    "a private name": ("def _f(x): return x + {}", "1|2", "_f(1) == 2"),
    "a constant of Python's": ("pi = {}\ndef f(x): return x", "3|4", "f(3) == pi"),
}  # fmt: skip
"""A program with a hole, what makes it right and wrong, and what is asserted, by the name it is about."""
NUMBERS: list[tuple[str, str, str]] = [
    ("10 ** 5000", "10 ** 5000 + 1", "f() == 10 ** 5000"),
    ("10 ** 3000", "10 ** 3000 + 1", "f() == " + "1" + "0" * 3000),
    ("10 ** 4299", "10 ** 4298", "len(str(f())) == 4300"),
    ("10 ** 5000", "10 ** 4999", "len(str(f())) == 5001"),
    ("int('9' * 5000)", "int('9' * 4999)", "f() == 10 ** 5000 - 1"),
    ("-2 ** 63", "2 ** 63", "f() == -9223372036854775808"),
    ("2 ** 64", "2 ** 64 - 1", "f() == 18446744073709551616"),
    ("10 ** 5000 % 7", "10 ** 5000 % 11", "f() == pow(10, 5000, 7)"),
    ("1e400", "1e308", "f() == 1e400"),
    ("float('inf')", "-1e400", "f() == 1e400"),
    ("float('inf')", "1.7976931348623157e308", "f() == float('inf')"),
    ("1e-400", "5e-324", "f() == 0"),
    ("-0.0", "-1.0", "f() == 0.0"),
    ("-0.0", "0.0", "str(f()) == '-0.0'"),
    ("-0.0", "0.0", "__import__('math').copysign(1, f()) == -1"),
    ("0.1 + 0.2", "0.3", "f() == 0.30000000000000004"),
    ("0.3", "0.1 + 0.2", "f() == 0.3"),
    ("2 ** 53 + 1", "float(2 ** 53)", "f() == 9007199254740993"),
    ("float(2 ** 53)", "2 ** 53 + 1", "f() == 2 ** 53"),
    ("float('nan')", "0.0", "f() != f()"),
    ("float('nan')", "0.0", "f() == float('nan')"),
    ("[float('nan')]", "[0.0]", "f() == [float('nan')]"),
    ("float('nan')", "0.0", "__import__('math').isnan(f())"),
    ("3.0", "3.5", "f() == 3"),
    ("3", "4", "f() == 3.0"),
    ("True", "False", "f() == 1"),
    ("1", "2", "f() is True"),
    ("True", "1", "f() is True"),
    ("1", "True", "type(f()) is int"),
    ("complex(3)", "complex(3, 1)", "f() == 3"),
    ("Decimal('1.10')", "Decimal('1.11')", "f() == Decimal('1.1')"),
    ("Decimal('0.5')", "Decimal('0.6')", "f() == 0.5"),
    ("Fraction(1, 2)", "Fraction(1, 3)", "f() == 0.5"),
    ("Decimal('NaN')", "Decimal(0)", "f() == Decimal('NaN')"),
    ("1_000", "1_001", "f() == 1000"),
    ("0x10", "10", "f() == 16"),
    ("1e16", "1e16 + 2", "f() == 10 ** 16"),
    ("1e23", "10 ** 23", "f() == 1e23"),
    ("10 ** 23", "10 ** 22", "f() == 1e23"),
    ("round(2.5)", "3", "f() == 2"),
]
"""What a right and a wrong program return, and what is asserted; by CPython alone, it may be that none passes."""
NUMBER_PROGRAM = "from decimal import Decimal\nfrom fractions import Fraction\ndef f(): return {}\n"
