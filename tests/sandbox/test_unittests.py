"""Test code in the form of unittest's classes is run by the judge."""

from __future__ import annotations

import pytest

from rltf import Limits, Problem, TestCase, Verdict
from rltf.sandbox import Sandbox

from .time_limits import ROOMY, limits_for

CODE = """
import unittest
from solution import area

class Areas(unittest.TestCase):
    def setUp(self):
        self.side = 3

    def test_a_square(self):
        self.assertEqual(area(self.side, self.side), 9)

    def test_others(self):
        for height in (1, 2):
            with self.subTest(height=height):
                self.assertAlmostEqual(area(0.1, height), 0.1 * height)

    def test_no_negative_side(self):
        with self.assertRaises(ValueError):
            area(-1, 1)

if __name__ == "__main__":
    unittest.main()
"""
RIGHT = """
def area(a, b):
    if a < 0:
        raise ValueError("a side is negative")
    return a * b
"""


def judged(
    sandbox: Sandbox,
    code: str,
    program: str = RIGHT,
    *,
    guarded: bool = False,
    limits: Limits = ROOMY,
) -> Verdict:
    test = TestCase.assertion(code, guarded=guarded)
    return sandbox.judge(Problem("t", "", [test], limits=limits), program)


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize(
    ("program", "status"),
    [
        (RIGHT, "passed"),
        ("def area(a, b): return a * b", "wrong_answer"),
        (RIGHT.replace("a * b", "a + b"), "wrong_answer"),
        (RIGHT.replace("a * b", "a * b if b != 2 else 0"), "wrong_answer"),
        (RIGHT.replace("ValueError", "KeyError"), "runtime_error"),
        ("def area(a, b): return a / 0", "runtime_error"),
        ("def other(): pass", "runtime_error"),
        ("import sys\ndef area(a, b): sys.exit(0)", "runtime_error"),
        ("import os\ndef area(a, b): os._exit(0)", "runtime_error"),
        ("def area(a, b):\n    while True: pass", "timeout"),
    ],
)
def test_all_test_methods_are_run(
    any_sandbox: Sandbox, program: str, status: str, guarded: bool
) -> None:
    if guarded and program.startswith("def other"):
        status = "wrong_answer"  # beside the program an import fails as any import of the test's
    limits = limits_for(status)
    verdict = judged(any_sandbox, CODE, program, guarded=guarded, limits=limits)
    assert verdict.status == status


def test_an_exception_of_the_program_has_its_line(any_sandbox: Sandbox) -> None:
    verdict = judged(any_sandbox, CODE, "def area(a, b):\n    x = 1\n    return a / 0")
    assert verdict.error is not None
    assert (verdict.error.type, verdict.error.line) == ("ZeroDivisionError", 3)


FIXTURES = """
import unittest
log = []
class First(unittest.TestCase):
    @classmethod
    def setUpClass(cls): log.append("class")
    def setUp(self): log.append("set up"); self.addCleanup(log.append, "clean up")
    def tearDown(self): log.append("tear down")
    def test_a(self): log.append(area(1, 1))
    @classmethod
    def tearDownClass(cls): log.append("class ends")
class Second(First):
    @classmethod
    def setUpClass(cls):
        assert log == ["class", "set up", 1, "tear down", "clean up", "class ends"], log
"""


def test_fixtures_run_around_the_test_methods(any_sandbox: Sandbox) -> None:
    assert judged(any_sandbox, FIXTURES).passed
    assert judged(any_sandbox, FIXTURES.replace('"clean up", "class', '"class')).status == (
        "wrong_answer"
    )


def class_of(*body: str) -> str:
    lines = "\n".join("    " + line for line in body)
    return f"import unittest, asyncio\nclass Tests(unittest.TestCase):\n{lines}\n"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (class_of("def test(self): self.assertEqual(area(1, 2), 3)"), "wrong_answer"),
        (class_of("def test(self): self.fail(area(1, 2))"), "wrong_answer"),
        (class_of("def setUp(self): area(1, 'x' / 2)", "def test(self): pass"), "unscored"),
        (class_of("def tearDown(self): assert area(1, 2) == 3", "def test(self): pass"),
         "wrong_answer"),
        (class_of("@unittest.expectedFailure", "def test(self): assert area(1, 2) == 2"),
         "wrong_answer"),
        (class_of("@unittest.expectedFailure", "def test(self): assert area(1, 2) == 3"),
         "passed"),
        (class_of("def test(self): assert area(1, 2) == 2") + "unittest.main(argv=['x'], exit=False)",
         "passed"),
        (class_of("def helper(self): assert False") + "assert area(1, 2) == 2", "passed"),
        (class_of("def test(self): assert solution.area(1, 2) == 2") + "import solution", "passed"),
        ("from solution import *\n" + class_of("def test(self): assert area(1, 2) == 2"), "passed"),
        ("import unittest\nclass Tests(unittest.IsolatedAsyncioTestCase):\n"
         "    async def test(self): assert area(1, 2) == 3", "wrong_answer"),
    ],
)  # fmt: skip
def test_forms_of_classes(sandbox: Sandbox, code: str, status: str) -> None:
    assert judged(sandbox, code).status == status


@pytest.mark.parametrize(
    "code",
    [
        class_of("def helper(self): pass"),
        class_of("@unittest.skip('not today')", "def test(self): assert area(1, 2) == 3"),
        "import unittest",
        "",
    ],
)
def test_a_test_that_checks_nothing_says_nothing_of_the_program(
    sandbox: Sandbox, code: str
) -> None:
    verdict = judged(sandbox, code, "def area(a, b): return 0")
    assert verdict.status == "unscored"
    assert "it checks nothing" in verdict.reason
