"""RLTF's Table 2, on real programs run in the real sandbox."""

import warnings
from dataclasses import replace

import pytest

from rltf import Diagnosis, Limits, Problem, ProgramError, Sample, TestCase, TestOutcome, Verdict
from rltf.plugins.classifiers.rltf import classify

CALL = Problem(
    "call",
    "…",
    [TestCase.call([3], 6), TestCase.call([4], 8)],
    entry_point="f",
    limits=Limits(cpu_s=30.0, wall_s=90.0, memory_mb=256, output_bytes=1 << 16),
)
SHORT = replace(CALL, limits=replace(CALL.limits, cpu_s=0.3, wall_s=1.0))
"""For what can only time out."""
STDIN = Problem("stdin", "…", [TestCase.stdin("3\n", "6\n")], limits=CALL.limits)

SYNTAX = [
    # The program goes on after the line at fault.
    ("def f(x):\n    y = 2 x\n    return y\n", "line", 2),
    ("for i in range(3)\n    print(i)\n", "line", 1),
    ("x = 'abc\nprint(x)\n", "line", 1),
    ("x = foo(1, 2\ny = 3\nprint(x)\n", "line", 1),
    ("def f(x):\n    return (x\n\ndef g():\n    pass\n", "line", 2),
    ("d = {1: 2, 3\ne = 4\n", "line", 1),
    ("print 'a'\nx = 1\n", "line", 1),
    ("x = 0777\nprint(x)\n", "line", 1),
    ("if x = 1:\n    pass\n", "line", 1),
    ("f(a=1, 2)\nx = 1\n", "line", 1),
    ("def f():\n    x = 1\n    nonlocal y\n    return y\n", "line", 3),
    ("def f(a, a):\n    return a\n", "line", 1),
    ("return 1\nx = 2\n", "line", 1),
    ("x = $\nprint(x)\n", "line", 1),
    ("else:\n    x = 1\n", "line", 1),
    ("x = (1, 2]\nprint(x)\n", "line", 1),
    # The program ends before it is one.
    ("def f(x):\n    return max(x,", "global", None),
    ("x = [\n    1,\n    2,", "global", None),
    ("x = {\n    'a': 1,\n    'b'", "global", None),
    ("def f(x):\n    return x +", "global", None),
    ("def f(x)", "global", None),
    ("def f(a,\n      b", "global", None),
    ("x = 1\nprint('abc", "global", None),
    ("x = 1\nprint(f'abc {x", "global", None),
    ("try:\n    x = 1\n", "global", None),
    ("x = 1 + \\\n", "global", None),
    ("x = [i for i in\n\n\n", "global", None),
    ("import math\nfrom math import", "global", None),
    # Triple quotes and indentation.
    ("def f(x):\n    '''doc\n    return x\n", "ignore", None),
    ('x = """abc\ny = 1\n', "ignore", None),
    ("x = rb'''abc\\'''\n", "ignore", None),
    ("def f(x):\nreturn x\n", "ignore", None),
    ("x = 1\n  y = 2\n", "ignore", None),
    ("if True:\n    x = 1\n  y = 2\n", "ignore", None),
    ("if True:\n\tx = 1\n        y = 2\n", "ignore", None),
    ("def f(x):\n", "ignore", None),
    ("x = '''a''' '''b'''\ny = 2 '''c'''\nz = 3\n", "line", 2),
    # No line to blame.
    ("x = 1\0", "ignore", None),
]

ERRORS = [
    ("def f(x):\n    return [][x]\n", "IndexError", "line", 2),
    ("def f(x):\n    y = x\n    return y + 'a'\n", "TypeError", "line", 3),
    ("def f(x):\n    return int('a')\n", "ValueError", "line", 2),
    ("def f(x):\n    return input()\n", "EOFError", "line", 2),
    ("def f(x):\n    return y\n", "NameError", "line", 2),
    ("def f(x):\n    y = y + 1\n", "UnboundLocalError", "line", 2),
    ("def f(x):\n    return {}[x]\n", "KeyError", "line", 2),
    ("import no_such_module\ndef f(x):\n    pass\n", "ModuleNotFoundError", "line", 1),
    ("from math import nothing\ndef f(x):\n    pass\n", "ImportError", "line", 1),
    ("def f(x):\n    return x // 0\n", "ZeroDivisionError", "line", 2),
    ("def f(x):\n    return x.y\n", "AttributeError", "line", 2),
    ("def f(x):\n    assert x == 0\n", "AssertionError", "line", 2),
    ("def f(x):\n    return next(iter([]))\n", "StopIteration", "line", 2),
    ("class Odd(Exception):\n    pass\n\ndef f(x):\n    raise Odd\n", "Odd", "line", 5),
    # The innermost line of the program itself, not of the library that it called.
    ("import json\n\ndef f(x):\n    return json.loads('{')\n", "JSONDecodeError", "line", 4),
    ("def g(x):\n    return 1 / 0\n\ndef f(x):\n    return g(x)\n", "ZeroDivisionError", "line", 2),
    ("def f(x):\n    return eval('1 +')\n", "SyntaxError", "line", 2),
    ("def f(x):\n    return max(\n        1,\n        x / 0)\n", "ZeroDivisionError", "line", 4),
    ("def f(x):\n    return f(x)\n", "RecursionError", "global", None),
    ("def g(x):\n    return x\n", "NameError", "ignore", None),
    ("import os\n\ndef f(x):\n    os._exit(0)\n", "SystemExit", "ignore", None),
]

STATUSES = [
    (SHORT, "def f(x):\n    while True:\n        pass\n", "timeout", "global"),
    (CALL, "def f(x):\n    return len(bytearray(10**10))\n", "memory_limit", "global"),
    (STDIN, "while True:\n    print('a' * 1000)\n", "output_limit", "global"),
    (STDIN, "import ctypes\nctypes.string_at(0)\n", "crashed", "ignore"),
    (STDIN, "import os\nos.abort()\n", "crashed", "ignore"),
]


def diagnose(sandbox, problem, program, **of_sample):
    verdict = sandbox.judge(problem, program)
    return verdict, classify(problem, Sample(problem.task_id, program, **of_sample), verdict)


def lines(line):
    return None if line is None else (line, line)


@pytest.mark.parametrize(("program", "granularity", "line"), SYNTAX)
def test_syntax_errors(sandbox, program, granularity, line):
    verdict, diagnosis = diagnose(sandbox, CALL, program)
    assert verdict.status == "syntax_error"
    assert diagnosis.category == "syntax_error"
    assert (diagnosis.granularity, diagnosis.lines) == (granularity, lines(line))


@pytest.mark.parametrize(("program", "error", "granularity", "line"), ERRORS)
def test_runtime_errors(sandbox, program, error, granularity, line):
    verdict, diagnosis = diagnose(sandbox, CALL, program)
    assert verdict.status == "runtime_error"
    assert diagnosis == Diagnosis("error", error, granularity, lines(line))


@pytest.mark.parametrize(("problem", "program", "status", "granularity"), STATUSES)
def test_errors_without_an_exception(sandbox, problem, program, status, granularity):
    verdict, diagnosis = diagnose(sandbox, problem, program)
    assert verdict.status == status
    assert (diagnosis.category, diagnosis.granularity) == ("error", granularity)
    assert diagnosis.lines is None


def test_a_forbidden_call_is_the_line_that_made_it(sandbox):
    program = "def f(x):\n    open('/tmp/x', 'w')\n"
    verdict, diagnosis = diagnose(sandbox, CALL, program)
    assert verdict.status == "forbidden"
    assert (diagnosis.granularity, diagnosis.lines) == ("line", (2, 2))


def test_failed_and_passed_tests_have_no_place(sandbox):
    assert diagnose(sandbox, CALL, "def f(x):\n    return x\n")[1] == Diagnosis("failure")
    assert diagnose(sandbox, CALL, "def f(x):\n    return 2 * x\n")[1] == Diagnosis("pass")


def test_the_worst_test_is_diagnosed_and_not_the_first_that_failed(sandbox):
    program = "def f(x):\n    if x == 3:\n        return 0\n    return 1 // 0\n"
    verdict, diagnosis = diagnose(sandbox, CALL, program)
    assert [test.status for test in verdict.tests] == ["wrong_answer", "runtime_error"]
    assert diagnosis == Diagnosis("error", "ZeroDivisionError", "line", (4, 4))


def test_a_sample_that_ended_by_itself_was_not_cut(sandbox):
    program = "def f(x):\n    return x +"
    assert diagnose(sandbox, CALL, program, token_ids=(1,))[1].lines == (2, 2)
    cut = diagnose(sandbox, CALL, program, token_ids=(1,), truncated=True)[1]
    assert cut.granularity == "global"


def test_an_unscored_verdict_has_no_diagnosis():
    assert classify(CALL, Sample("call", ""), Verdict.unscored("our fault")) is None


@pytest.mark.parametrize("line", [None, 0, 4])
def test_a_line_that_the_program_does_not_have_is_no_line(line):
    error = ProgramError("KeyError", line=line)
    verdict = Verdict.of([TestOutcome("runtime_error", error)])
    assert classify(CALL, Sample("call", "a\nb\nc"), verdict) == Diagnosis("error", "KeyError")


def test_looking_for_the_end_warns_of_nothing_and_hides_no_other_warning(recwarn):
    error = ProgramError("SyntaxError", line=1, column=1)
    verdict = Verdict.of([TestOutcome("syntax_error", error)])
    classify(CALL, Sample("call", "x = ['\\d', 1is 2,\n"), verdict)
    assert [str(warning.message) for warning in recwarn] == []
    with pytest.warns(UserWarning, match="seen"):
        warnings.warn("seen", UserWarning, stacklevel=1)
