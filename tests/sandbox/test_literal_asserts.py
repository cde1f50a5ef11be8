"""Sparing the judge changes no verdict."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox
from rltf.sandbox.guest.shared.values import encode
from rltf.sandbox.judging.literal_asserts import LiteralAssert, literal_assert

RETURNED = [
    "5",
    "5.0",
    "True",
    "1",
    "complex(5)",
    "__import__('fractions').Fraction(5)",
    "__import__('decimal').Decimal('5.00')",
    "__import__('numpy').int64(5)",
    "__import__('numpy').float32(5)",
    "[1, 2]",
    "(1, 2)",
    "__import__('numpy').array([1, 2])",
    "[__import__('numpy').int64(1), 2.0]",
    "__import__('collections').deque([1, 2])",
    "{'a': 1, 'b': [2]}",
    "__import__('collections').defaultdict(int, a=1, b=[2])",
    "__import__('collections').OrderedDict(b=[2], a=1)",
    "__import__('collections').Counter(a=1, b=2)",
    "{1, 2}",
    "frozenset({1, 2})",
    "None",
    "'5'",
    "b'5'",
    "type('Liar', (int,), {'__eq__': lambda self, other: True})(5)",
    "type('Liar', (), {'__eq__': lambda self, other: True})()",
    "(x for x in [1, 2])",
    "iter([1, 2])",
    "print",
    "1 / 0",
    "range(1, 3)",
]
EXPECTED = ["5", "True", "[1, 2]", "(1, 2)", "{'a': 1, 'b': [2]}", "{1, 2}", "None", "'5'"]


@pytest.mark.parametrize("expected", EXPECTED)
def test_with_and_without_a_judge_the_status_is_the_same(sandbox: Sandbox, expected: str) -> None:
    code = f"assert f() == {expected}"
    assert literal_assert(code)
    judged = "import sys\n" + code
    assert literal_assert(judged) is None
    limits = Limits(cpu_s=5)
    problem = Problem(
        "t", "", [TestCase.assertion(code), TestCase.assertion(judged)], limits=limits
    )
    programs = [f"def f():\n    return {returned}" for returned in RETURNED]
    verdicts = sandbox.judge_many([(problem, program) for program in programs])
    found = dict(zip(RETURNED, verdicts, strict=True))
    differing = {
        returned: [test.status for test in verdict.tests]
        for returned, verdict in found.items()
        if verdict.tests[0].status != verdict.tests[1].status
    }
    assert differing == {}
    assert any(verdict.passed for verdict in found.values())


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("assert f(1, [2], x) == 3", None),
        ("assert f(1) == 3, 'why'", ("f", (1,), 3)),
        ("assert 3 == f(1)", ("f", (1,), 3)),
        ("assert f(-1, (2.5, 'a')) == {'k': None}", ("f", (-1, (2.5, "a")), {"k": None})),
        ("assert f(1)", None),
        ("assert f(1) != 3", None),
        ("assert f(1) == g(2)", None),
        ("assert f(1) == 3 == 3", None),
        ("assert f(x=1) == 3", None),
        ("assert a.f(1) == 3", None),
        ("assert f(*[1]) == 3", None),
        ("assert f(1) == 3\nassert f(2) == 4", None),
        ("assert f(1 == 3", None),
        ("", None),
    ],
)
def test_only_literals_are_read(
    code: str, read: tuple[str, tuple[object, ...], object] | None
) -> None:
    assert literal_assert(code) == (read and LiteralAssert(*read))


def test_what_is_too_large_to_be_equal_is_not_read() -> None:
    said = LiteralAssert("f", (), 5)
    assert said.holds(encode(5))
    assert not said.holds(encode([5] * 100_000))
    assert not said.holds(b"garbage")


def test_an_array_whose_shape_alone_is_large_is_no_value() -> None:
    nothing = b"A" + encode("|S0") + encode((1 << 50,)) + bytes(4)
    assert not LiteralAssert("f", (), 5).holds(nothing)  # a petabyte would be a MemoryError
    assert not LiteralAssert("f", (), 5).holds(nothing.replace(b"|S0", b"<U0"))


def test_setup_code_calls_for_a_judge(sandbox: Sandbox) -> None:
    broken = Problem("t", "", [TestCase.assertion("assert f() == 1")], setup_code="import nothing_")
    assert sandbox.judge(broken, "def f(): return 1").status == "unscored"
