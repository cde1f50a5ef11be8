"""Parsing beside threads that parse: CPython 3.11 alone would raise ``SystemError`` here (gh-106905)."""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from rltf.common import syntax


class _SlowToGo:
    """Garbage whose end gives the interpreter time to change threads."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        sum(range(100))


@pytest.fixture
def many_interruptions() -> Iterator[None]:
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("many_interruptions")
def test_threads_parse_at_the_same_time() -> None:
    terms = [f"f({number}, [1, 2, 3])" for number in range(100)]
    code = "x = " + " + ".join(terms)

    def parse(_: int) -> int:
        for _ in range(20):
            _SlowToGo()
        tree = syntax.parse(code)
        return sum(isinstance(node, ast.Call) for node in ast.walk(tree))

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(parse, range(60))) == {len(terms)}


def test_an_expression_may_be_indented() -> None:
    assert ast.unparse(syntax.parse_expression("  \t[1, 2]")) == "[1, 2]"


@pytest.mark.parametrize("code", ["def f(:", "f(", "x = \0", "\udc80"])
def test_what_is_no_python_is_refused_as_by_python(code: str) -> None:
    with pytest.raises((SyntaxError, ValueError)) as ours:
        syntax.parse(code)
    with pytest.raises((SyntaxError, ValueError)) as pythons:
        ast.parse(code)
    assert type(ours.value) is type(pythons.value)
