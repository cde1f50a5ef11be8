"""What RLTF's released code makes of errors, on real programs run in the real sandbox.

The expected places of syntax errors are those that its rules give for CPython 3.9's messages: they were
taken from a run of 3.9.
"""

from dataclasses import replace

import pytest

from rltf import Diagnosis, Limits, Problem, Sample, TestCase, manager

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
    # invalid syntax, unexpected EOF and unterminated strings: global on the last line, else the line
    ("def f(x):\n    y = 2 x\n    return y\n", "y = 2 x"),
    ("for i in range(3)\n    print(i)\n", "for i in range(3)"),
    ("def f(x)\n", None),
    ("def f(x):\n    return x +", None),
    ("def f(x):\n    return max(x,", None),
    ("x = [\n    1,\n    2,\n", None),
    ("x = foo(1, 2\ny = 3\nprint(x)\n", "y = 3"),
    ("x = foo(1,\n        2\n\ndef g():\n    pass\n", "def g():"),
    ("x = 'abc\nprint(x)\n", "x = 'abc"),
    ("x = 1\ny = 'abc\n", None),
    ("if x = 1:\n    pass\n", "if x = 1:"),
    ("x = 1\nif x = 1: pass\n", None),
    ("x = (1, 2]\nprint(x)\n", "x = (1, 2]"),
    # the line, wherever it stands
    ("def f(x):\n    return 1\nx = y)\n", "x = y)"),
    ("return 1\nx = 2\n", "return 1"),
    ("x = 1\nreturn x\n", "return x"),
    ("def f(x):\nreturn x\n", "return x"),
    ("x = 1\n  y = 2\n", "  y = 2"),
    # nonlocal: the first line that declares the name
    ("def f():\n    x = 1\n    nonlocal y\n    return y\n", "nonlocal y"),
    ("def f(a):\n    nonlocal b, a\n    return a\n", "nonlocal b, a"),
]

IGNORED_SYNTAX = [
    "if True:\n    x = 1\n  y = 2\n",
    "if True:\n\tx = 1\n        y = 2\n",
    "def f(x):\n    '''doc\n    return x\n",
    "def f(a, a):\n    return a\n",
    "def f():\n    from math import *\n",
    "x = 1\0",
]

ERRORS = [
    ("def f(x):\n    return [][x]\n", "return [][x]"),
    ("def f(x):\n    return max(\n        1,\n        x / 0)\n", "x / 0)"),
    ("def g(x):\n    return 1 / 0\n\ndef f(x):\n    return g(x)\n", "return 1 / 0"),
    ("import json\n\ndef f(x):\n    return json.loads('{')\n", "return json.loads('{')"),
    # the last line of a traceback is the message: the released code looks for that first
    (
        "def f(x):\n    if x < 0:\n        raise Oops\n    raise Oops\n\nclass Oops(Exception): pass\n",
        "Oops",
    ),
    # and takes the first place where the text stands, in the middle of a line too
    ("def f(x):\n    a = [x]\n    xx=a[0]+1\n    x=a[5]\n    return xx\n", "x=a[5]"),
    ("def f(x):\n    a = [0] * 9\n    xx=a[5]+1\n    a = []\n    x=a[5]\n", "x=a[5]"),
]


def diagnose(sandbox, problem, program):
    verdict = sandbox.judge(problem, program)
    classify = manager.get("classifier", "rltf-official")
    return verdict.status, classify(problem, Sample(problem.task_id, program), verdict)


def text_at_fault(program, diagnosis):
    """The characters at fault, which stand nowhere before."""
    (line, last), (first, end) = diagnosis.lines, diagnosis.columns
    assert line == last
    text = program.split("\n")[line - 1][first - 1 : end - 1]
    before = sum(len(each) + 1 for each in program.split("\n")[: line - 1]) + first - 1
    assert program.find(text) == before
    return text


@pytest.mark.parametrize(("program", "text"), SYNTAX)
def test_syntax_errors(sandbox, program, text):
    status, diagnosis = diagnose(sandbox, CALL, program)
    assert status == diagnosis.category == "syntax_error"
    if text is None:
        assert diagnosis.granularity == "global"
    else:
        assert text_at_fault(program, diagnosis) == text


@pytest.mark.parametrize("program", IGNORED_SYNTAX)
def test_syntax_errors_that_are_ignored(sandbox, program):
    _, diagnosis = diagnose(sandbox, CALL, program)
    assert (diagnosis.category, diagnosis.granularity) == ("syntax_error", "ignore")


@pytest.mark.parametrize(("program", "text"), ERRORS)
def test_exceptions_are_on_the_first_line_with_their_text(sandbox, program, text):
    status, diagnosis = diagnose(sandbox, CALL, program)
    assert (status, diagnosis.category) == ("runtime_error", "error")
    assert text_at_fault(program, diagnosis) == text


@pytest.mark.parametrize(
    ("problem", "program", "granularity"),
    [
        (CALL, "def f(x):\n    return f(x)\n", "global"),
        (CALL, "def f(x):\n    raise ValueError('RecursionError')\n", "global"),
        (
            CALL,
            "def f(x):\n    raise TimeoutException\nclass TimeoutException(Exception): 0\n",
            "global",
        ),
        (CALL, "def f(x):\n    return x / 0  # no RecursionError\n", "global"),
        (SHORT, "def f(x):\n    while True:\n        pass\n", "ignore"),
        (CALL, "def f(x):\n    raise RuntimeError('no')\n", "ignore"),
        (CALL, "def f(x):\n    raise ValueError('RuntimeError')\n", "ignore"),
        (CALL, "def g(x):\n    return x\n", "ignore"),
        (STDIN, "import sys\nsys.exit(3)\n", "ignore"),
        (STDIN, "import sys\nsys.exit(1)\n", "ignore"),
        (STDIN, "import os\nos.abort()\n", "ignore"),
        (STDIN, "while True:\n    print('a' * 1000)\n", "ignore"),
    ],
)
def test_errors_without_a_line(sandbox, problem, program, granularity):
    _, diagnosis = diagnose(sandbox, problem, program)
    assert (diagnosis.category, diagnosis.granularity) == ("error", granularity)


def test_failed_and_passed_tests_have_no_place(sandbox):
    assert diagnose(sandbox, CALL, "def f(x):\n    return x\n")[1] == Diagnosis("failure")
    assert diagnose(sandbox, CALL, "def f(x):\n    return 2 * x\n")[1] == Diagnosis("pass")


def test_what_is_unscored_has_no_diagnosis(sandbox):
    assert diagnose(sandbox, Problem("none", "…"), "def f(x): pass")[1] is None


def test_fine_in_mode_official_is_on_the_text_alone(sandbox):
    program = "def f(x):\n    a = [0] * 9\n    xx=a[5]+1\n    a = []\n    x=a[5]\n"
    verdict, sample = sandbox.judge(CALL, program), Sample("call", program)
    from rltf.scoring.scorer import Scorer

    for reward, text in (("fine[mode=official]", "x=a[5]"), ("fine[span=line]", "xx=a[5]+1")):
        scored = Scorer(reward, classifier="rltf-official")(CALL, sample, verdict)
        (term,) = scored.terms["fine"]
        assert program[term.start : term.end] == text
        assert program.find(text) == term.start
