"""Objects that cross between test and program mean what they mean in one process.

``object_cases/*.toml`` has triples of a program, a wrong program and a test: the program passes beside
the test, the wrong one fails. ``wrong`` is what to replace in the program. ``split`` is what becomes
of a right program under ``judging=split`` if that is not ``passed``, ``wrong_split`` of a wrong one.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tomllib
import types
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rltf import Limits, Problem, Sandbox, TestCase

LIMITS = Limits(cpu_s=3, wall_s=8)
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((Path(__file__).parent / "object_cases").glob("*.toml"))
    for case in tomllib.loads(path.read_text())["case"]
]
FAILED = {"wrong_answer", "runtime_error", "timeout"}


@pytest.fixture(scope="module", params=["test", "program"])
def split_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(workers=2, isolation=request.param, judging="split") as made:
        yield made


def wrong_program(case: dict[str, Any]) -> str:
    old, new = case["wrong"]
    assert old in case["program"]
    return case["program"].replace(old, new, 1)


def passes_beside(case: dict[str, Any], program: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Return whether the test passes in one process with the program."""
    module = types.ModuleType("solution")
    monkeypatch.setitem(sys.modules, "solution", module)
    names = vars(module)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            for source in (program, case.get("setup", ""), case["test"]):
                exec(compile(source, "<case>", "exec", dont_inherit=True), names)
            if "TestCase" in case["test"]:
                result = unittest.TestResult()
                unittest.defaultTestLoader.loadTestsFromTestCase(names["T"]).run(result)
                return result.wasSuccessful()
    except BaseException:
        return False
    return True


@pytest.mark.parametrize("case", CASES)
def test_the_cases_are_right(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert passes_beside(case, case["program"], monkeypatch)
    assert not passes_beside(case, wrong_program(case), monkeypatch)


@pytest.mark.parametrize("case", CASES)
def test_splitting_changes_no_verdict(split_sandbox: Sandbox, case: dict[str, Any]) -> None:
    test = TestCase.assertion(case["test"])
    problem = Problem("t", "", [test], setup_code=case.get("setup", ""), limits=LIMITS)
    right = split_sandbox.judge(problem, case["program"])
    assert right.status == case.get("split", "passed"), right
    wrong = split_sandbox.judge(problem, wrong_program(case))
    is_unsplit = "split" in case or "wrong_split" in case
    assert wrong.status in (FAILED | {"unscored"} if is_unsplit else FAILED), wrong


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 175
