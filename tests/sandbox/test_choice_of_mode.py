"""A program does not choose by its data that a test is judged guarded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rltf import Problem, Sandbox, TestCase, TestOutcome

IMPORTS = "import array, collections, datetime, pathlib, re, uuid\n"
LIAR = """
class Learns:
    seen = None
    def __eq__(self, other):
        if self.seen is None: self.seen = other
        return self.seen == other
def g(x): return Learns()
"""
HONEST = "\ndef g(x): return 4937"
CROSS = {
    "pathlib.Path('a')": ["type(x)", "x.parts"],
    "{1: 2}": ["type(x.items())", "x.items()"],
    "re.compile('a')": ["type(x)", "x.match('a')"],
    "uuid.UUID(int=1)": ["type(x)"],
    "datetime.timezone.utc": ["type(x)"],
    "array.array('i', [1])": ["type(x)"],
    "collections.ChainMap({1: 2})": ["type(x.keys())"],
    "...": ["type(x)"],
}
NUMPY = {
    "np.ma.array([1, 2], mask=[0, 1])": ["list(iter(x))", "sum(x)", "sorted(x)", "type(x)"],
    "np.array([1, 2])": ["type(x)", "x.__class__", "x.dtype", "type(x[0])", "x.astype('S3').dtype"],
    "np.float64(1)": ["type(x)", "x.dtype"],
}
REFUSED = {
    "array.array('i', [1])": ["memoryview(x)"],
    "pathlib.Path('a')": ["x.parents"],
    "uuid.UUID(int=1)": ["x.is_safe"],
}
NUMPY_REFUSED = {"np.array([1, 2])": ["x.flat", "x.flags", "x.data", "type(x.dtype)"]}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as made:
        yield made


def judged(sandbox: Sandbox, value: str, handed: str, program: str) -> TestOutcome:
    numpy = "import numpy as np\n" if "np." in value else ""
    code = f"{numpy}x = f(7)\ny = {handed}\nassert g(y) == 4937"
    problem = Problem("t", "", [TestCase.assertion(code)], entry_point="f")
    source = f"{IMPORTS}{numpy}def f(x): return {value}\n{program}"
    (outcome,) = sandbox.judge(problem, source).tests
    return outcome


def listed(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(value, handed) for value, all_handed in table.items() for handed in all_handed]


def check(sandbox: Sandbox, value: str, handed: str, *, crosses: bool) -> None:
    if "np." in value:
        pytest.importorskip("numpy")
    lies = judged(sandbox, value, handed, LIAR)
    assert (lies.status, lies.judging) == ("wrong_answer", "split")
    honest = judged(sandbox, value, handed, HONEST)
    assert honest.judging == "split"
    assert honest.status == ("passed" if crosses else "wrong_answer"), honest


@pytest.mark.parametrize(("value", "handed"), listed(CROSS | NUMPY))
def test_what_one_gets_from_data_crosses(sandbox: Sandbox, value: str, handed: str) -> None:
    check(sandbox, value, handed, crosses=True)


@pytest.mark.parametrize(("value", "handed"), listed(REFUSED | NUMPY_REFUSED))
def test_what_cannot_cross_fails(sandbox: Sandbox, value: str, handed: str) -> None:
    check(sandbox, value, handed, crosses=False)


def test_no_test_passes_by_catching_that_it_cannot_cross(sandbox: Sandbox) -> None:
    code = "x = f(7)\ntry: g(memoryview(x))\nexcept BaseException: pass\nassert f(7)"
    problem = Problem("t", "", [TestCase.assertion(code)], entry_point="f")
    source = f"{IMPORTS}def f(x): return array.array('i', [1])\n{HONEST}"
    assert sandbox.judge(problem, source).status == "wrong_answer"
