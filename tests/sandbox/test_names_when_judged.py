"""Names that a test uses without defining them, judged beside programs that lie about them."""

from __future__ import annotations

import pytest
from parity_names import LIES, LYING_TESTS

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

LIMITS = Limits(cpu_s=5.0, wall_s=10.0)


def make(*codes: str, guarded: bool = False, prompt: str = "", **fields: object) -> Problem:
    tests = [TestCase.assertion(code, guarded=guarded) for code in codes]
    return Problem("t", prompt, tests, limits=LIMITS, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("test", LYING_TESTS)
def test_a_lying_helper_is_not_asked(any_sandbox: Sandbox, test: str) -> None:
    verdict = any_sandbox.judge(make(test), LIES)
    assert verdict.status in ("wrong_answer", "runtime_error"), verdict


@pytest.mark.parametrize(
    "test", [test for test in LYING_TESTS if "eval" not in test and "globals" not in test]
)
def test_a_lying_helper_is_not_asked_beside_the_program(sandbox: Sandbox, test: str) -> None:
    verdict = sandbox.judge(make(test, guarded=True), LIES)
    assert verdict.status in ("wrong_answer", "runtime_error"), verdict


HONEST = """
import numpy as np, datetime as dt, statistics as st
from collections import Counter
def f(x): return 9.0
def missing(): return float("nan")
def today(): return dt.date(2020, 1, 2)
"""
PANDAS = "assert pd.isna(missing())"


@pytest.mark.parametrize(
    "test",
    [
        "assert isclose(f(3), 9)",
        PANDAS,
        "assert np.isnan(missing())",
        "assert today() == dt.date(2020, 1, 2)",
        "assert st.mean([f(1), f(2)]) == 9",
        "assert Counter([f(1)]) == Counter({9.0: 1})",
        "assert eval('isclose(f(3), 9)') and eval('f(1)') == 9",
    ],
)
def test_what_the_program_alone_imports_is_the_real_thing(any_sandbox: Sandbox, test: str) -> None:
    program = "import pandas as pd\n" * (test == PANDAS) + HONEST  # half a second to import
    verdict = any_sandbox.judge(make(test), program)
    assert verdict.passed, verdict


@pytest.mark.parametrize(
    "module", ["math", "this", "unittest.mock", "_winapi", "no_such_module", "sys.exit"]
)
def test_a_module_under_another_name_is_no_way_out(any_sandbox: Sandbox, module: str) -> None:
    program = f"import types\nst = types.ModuleType({module!r})\ndef f(x): return 1"
    verdict = any_sandbox.judge(make("assert st.mean([1]) == f(1)"), program)
    assert verdict.status == "runtime_error", verdict


MODULES = [
    "winreg",
    "nt",
    "msvcrt",
    "_winapi",
    "calendar",
    "string",
    "test",
    "this",
    "antigravity",
    "idlelib",
    "turtle",
    "copy",
]


@pytest.mark.parametrize("name", MODULES)
def test_a_global_with_a_modules_name_is_the_programs(any_sandbox: Sandbox, name: str) -> None:
    test = f"assert {name}.part == f(1)\nassert {name}.part + 0 == 3"
    program = f"class {name}:\n    part = 3\ndef f(x): return 3"
    verdict = any_sandbox.judge(make(test), program)
    assert verdict.passed, verdict
    verdict = any_sandbox.judge(make(f"assert {name} == 3"), f"{name} = 3")
    assert verdict.passed, verdict


@pytest.mark.parametrize("name", ["gcd", "sum", "Counter", "sorted"])
def test_a_program_without_what_is_tested_does_not_pass(any_sandbox: Sandbox, name: str) -> None:
    for test in (f"assert {name}([4]) == [4]", f"x = {name}([4])\nassert x == x"):
        verdict = any_sandbox.judge(make(test, entry_point=name), "pass")
        assert verdict.status == "runtime_error", verdict
    verdict = any_sandbox.judge(make(f"assert {name}([4]) == [4]"), "pass")
    assert verdict.status == "runtime_error", verdict


def test_what_a_test_imports_from_the_program_is_the_programs(any_sandbox: Sandbox) -> None:
    test = "from solution import f, isclose\nassert isclose(f(3), 9)"
    assert any_sandbox.judge(make(test), "isclose = lambda a, b: True\ndef f(x): return 0").passed


def test_a_literal_call_of_a_builtin_beside_other_tests_is_pythons(any_sandbox: Sandbox) -> None:
    problem = make("assert f(1) == 2", "assert len([1]) == 1")
    verdict = any_sandbox.judge(problem, "def f(x): return 2\ndef len(x): return 2")
    assert [test.status for test in verdict.tests] == ["passed", "unscored"]
    assert "program" in verdict.reason


@pytest.mark.parametrize("name", ["filter", "range", "map"])
def test_a_builtin_type_that_all_references_define_is_the_programs(
    any_sandbox: Sandbox, name: str
) -> None:
    reference = f"def {name}(n): return n + 1"
    problem = make(f"assert {name}(1) == 2", solutions=(reference,))
    assert any_sandbox.judge(problem, reference).passed
    assert any_sandbox.judge(problem, f"def {name}(n): return n").status == "wrong_answer"
    assert any_sandbox.judge(problem, "pass").status == "runtime_error"
