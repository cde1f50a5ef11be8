"""Rewritten asserts do what they did; only what a failure says is more."""

import ast

import pytest

from rltf.explain.assert_rewriting import explaining

HOLDS = [
    "assert 1",
    "assert 1 < 2 < 3",
    "x = [1]\nassert x and x[0] == 1 and not x[1:]",
    "assert (n := 3) == 3 and n == 3",
    "assert all(i < j for i, j in [(1, 2)])",
    "assert [*range(3)] == [0, 1, 2] and max(*[1, 2]) == 2 and dict(**{'a': 1}) == {'a': 1}",
    "calls = []\nassert calls.append(1) is None\nassert calls == [1]",
    "assert not (False and 1 / 0)\nassert True or 1 / 0",
    "assert (lambda v: v + 1)(1) == 2",
    "class A:\n    __x = 1\n    def t(self):\n        assert self.__x == 1\nA().t()",
    "def g():\n    got = yield 1\n    assert (yield got) == 5\ng()",
    "assert f'{1 + 1}' == '2' and 'a' in 'abc' and 3 not in [1]",
    "for i in range(3):\n    assert i == i, f'at {i}'",
    "import asyncio\nasync def a():\n    assert await asyncio.sleep(0, 5) == 5\nasyncio.run(a())",
]


def run(code, setup_code=""):
    names = {}
    for part in explaining(setup_code, code):
        exec(compile(part, "<test>", "exec"), names)


@pytest.mark.parametrize("code", HOLDS)
def test_what_holds_still_holds(code):
    run(code)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("assert 1 == 2", AssertionError),
        ("assert [] [0]", IndexError),
        ("assert 0, 1 / 0", ZeroDivisionError),
        ("assert 10 ** 5000 == 3", AssertionError),
        ("assert [[]] * 10**6 == 3", AssertionError),
        ("a = []\na.append(a)\nassert a == 3", AssertionError),
    ],
)
def test_what_fails_still_fails_alike(code, error):
    with pytest.raises(error) as caught:
        run(code)
    assert len(str(caught.value)) < 2000


def test_each_part_is_evaluated_once():
    names = {}
    code = "n = []\ndef f(): n.append(1); return len(n)\ntry:\n    assert f() == f() == 3\nexcept AssertionError: pass"
    for part in explaining("", code):
        exec(part, names)
    assert names["n"] == [1, 1]


def test_code_that_cannot_be_read_stays_as_it_is():
    assert explaining("x = 1", "assert (") == ("x = 1", "assert (")


def test_names_of_the_test_are_its_own():
    setup, code = explaining("", "assert difference(1) == shown(2)")
    names = {
        node.id for node in ast.walk(ast.parse(setup + "\n" + code)) if isinstance(node, ast.Name)
    }
    assert names == {"difference", "shown", "exec", "_rltf_values"}
