"""A checker decides where several answers are right, apart from the program and from us."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.plugins.datasets.file import FileDataset
from rltf.sandbox import Sandbox

from .time_limits import BRIEF, ROOMY, SHORT, limits_for

ANY_ORDER = """
def check(input, output, expected):
    assert input == "3\\n"
    return sorted(map(int, output.split())) == sorted(map(int, expected.split()))
"""
A_ROOT = """
def check(args, value, expected):
    return isinstance(value, float) and abs(value ** 2 - args[0]) < 1e-6 and len(expected) == 2
"""


def reads(checker: str, limits: Limits = ROOMY) -> Problem:
    test = TestCase.stdin("3\n", "1 2 3\n")
    return Problem("t", "", [test], checker=checker, limits=limits)


def calls(checker: str, limits: Limits = ROOMY) -> Problem:
    test = TestCase.call([4], [2.0, -2.0])
    return Problem("t", "", [test], entry_point="f", checker=checker, limits=limits)


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("print(2, 1, 3)", "passed"),
        ("print(1, 1, 3)", "wrong_answer"),
        ("print('no number')", "wrong_answer"),
        ("print(1, 2, 3)\nraise SystemExit(1)", "runtime_error"),
        ("print(1, 2, 3", "syntax_error"),
        ("while True: pass", "timeout"),
        ("import os; os.write(1, bytes([255]))", "wrong_answer"),
    ],
)
def test_a_checker_sees_input_output_and_expected(
    any_sandbox: Sandbox, program: str, status: str
) -> None:
    assert any_sandbox.judge(reads(ANY_ORDER, limits_for(status)), program).status == status


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("def f(x): return x ** 0.5", "passed"),
        ("def f(x): return -x ** 0.5", "passed"),
        ("def f(x): return 1.0", "wrong_answer"),
        ("def f(x): return 'text'", "wrong_answer"),
        ("def f(x): return object()", "wrong_answer"),
        ("def f(x): return 1 / 0", "runtime_error"),
    ],
)
def test_a_checker_sees_arguments_value_and_expected(
    any_sandbox: Sandbox, program: str, status: str
) -> None:
    assert any_sandbox.judge(calls(A_ROOT), program).status == status


def test_a_checker_decides_alone(sandbox: Sandbox) -> None:
    refuses = "def check(input, output, expected): return False"
    assert sandbox.judge(reads(refuses), "print(1, 2, 3)").status == "wrong_answer"
    accepts = "def check(args, value, expected): return True"
    assert sandbox.judge(calls(accepts), "def f(x): return 'text'").passed


@pytest.mark.parametrize(
    ("checker", "reason"),
    [
        ("def check(input, output, expected): raise KeyError('its own')", "KeyError: 'its own'"),
        ("def check(input, output, expected): return 1 / 0", "ZeroDivisionError"),
        ("def check(input, output, expected): return None", "NoneType, which is no bool"),
        ("def check(output): return True", "TypeError"),
        ("def judge(): return True", "no function check"),
        ("def check(", "SyntaxError"),
        ("import sys\nsys.exit(0)", "SystemExit"),
        ("import os\ndef check(*_): os._exit(0)", "ended before it had decided"),
        ("def check(*_):\n    while True: pass", "does not end"),
        ("import time\ndef check(*_): time.sleep(99)", "does not end"),
    ],
)
def test_a_checkers_own_fault_is_none_of_the_programs(
    sandbox: Sandbox, checker: str, reason: str
) -> None:
    limits = SHORT if reason == "does not end" else ROOMY
    verdict = sandbox.judge(reads(checker, limits), "print(1, 2, 3)")
    assert verdict.status == "unscored"
    assert "the checker is broken" in verdict.reason
    assert reason in verdict.reason


def test_what_a_checker_cannot_read_is_wrong_and_says_why(sandbox: Sandbox) -> None:
    verdict = sandbox.judge(reads(ANY_ORDER), "print('no number')")
    assert verdict.error is not None
    assert verdict.error.type == "ValueError"
    assert verdict.error.during == "judge"


def test_a_checker_is_not_where_a_program_looks(any_sandbox: Sandbox) -> None:
    secret = "def check(input, output, expected): return output.strip() == 'found'  # MARK" + "ER"
    program = """
import gc, sys
found = any("MARK" "ER" in text for text in gc.get_objects() if isinstance(text, str))
found |= any("check" in vars(module) and "MARK" in str(vars(module)) for module in sys.modules.values())
print("found" if found else "nothing")
"""
    assert any_sandbox.judge(reads(secret), program).status == "wrong_answer"


def test_a_value_that_cannot_be_built_in_time_is_the_programs_fault(sandbox: Sandbox) -> None:
    program = "def f(x): return {i * (2**61 - 1) for i in range(40)}"
    assert sandbox.judge(calls(A_ROOT), program).status == "wrong_answer"
    forged = """
import os, struct
def f(x):
    number = lambda n: b"i" + struct.pack("<I", 12) + n.to_bytes(12, "little")
    items = b"".join(number(i * (2**61 - 1)) for i in range(60_000))
    value = b"S" + struct.pack("<I", 60_000) + items
    report = b"V" + struct.pack("<I", len(value)) + value
    while report:
        report = report[os.write(3, report):]
    os._exit(0)
"""
    assert sandbox.judge(calls(A_ROOT, BRIEF), forged).status in ("timeout", "wrong_answer")


def test_each_answer_meets_a_checker_that_knows_nothing_yet(any_sandbox: Sandbox) -> None:
    checker = "seen = []\ndef check(*_):\n    seen.append(1)\n    return len(seen) == 1"
    tests = [TestCase.stdin("", "") for _ in range(3)]
    problem = Problem("t", "", tests, checker=checker, limits=ROOMY)
    assert any_sandbox.judge(problem, "").passed


def test_tests_after_a_refused_answer_are_left_out_where_asked() -> None:
    tests = [TestCase.stdin(str(i), "") for i in range(4)]
    checker = "def check(input, output, expected): return input != '1'"
    with Sandbox(workers=1, stop_on_failure=True) as sandbox:
        verdict = sandbox.judge(Problem("t", "", tests, checker=checker), "")
    assert [test.status for test in verdict.tests] == ["passed", "wrong_answer"]
    assert verdict.not_run == 2


def test_a_problem_file_may_give_a_checker(tmp_path: Path, sandbox: Sandbox) -> None:
    line = {"task_id": "t", "prompt": "", "checker": ANY_ORDER}
    line["tests"] = [{"input": "3\n", "output": "1 2 3"}]  # type: ignore[assignment]
    path = tmp_path / "problems.jsonl"
    path.write_text(json.dumps(line))
    (problem,) = FileDataset(path).problems()
    assert sandbox.judge(problem, "print(3, 2, 1)").passed
