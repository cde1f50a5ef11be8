"""``Problem.literal_answer``: a program may only spell its answer."""

import pytest

from rltf.problem import Problem, TestCase
from rltf.sandbox.judging.literal_answers import fault


@pytest.mark.parametrize(
    "program",
    [
        "def answer():\n    return [1, (2, {3: 'x'}), {4}, -5, 1 + 2j, b'', None]\n",
        'def answer() -> list:\n    """Say it."""\n    return []\n',
        "answer = {1: 2}\n",
        "answer: int = 3\n",
        '"""The answer."""\n\n\ndef answer():\n    return\n',
        "x = 3\ny = set()\n",
        "def answer(:\n",  # says what is wrong when it is run
    ],
)
def test_literals(program):
    assert fault(program) is None


@pytest.mark.parametrize(
    ("program", "place"),
    [
        ("def answer():\n    return sorted([2, 1])\n", (2, 12)),
        ("def answer():\n    x = [1]\n    return x\n", (3, 12)),
        ("def answer():\n    return [1] * 3\n", (2, 12)),
        ("def answer():\n    return f'{1}'\n", (2, 12)),
        ("def answer(x=print()):\n    return 1\n", (1, 1)),
        ("def answer():\n    if True:\n        return 1\n", (2, 5)),
        ("import os\n", (1, 1)),
        ("@print\ndef answer():\n    return 1\n", (2, 1)),
        ("answer = lambda: 1\n", (1, 10)),
        ("x: print() = 1\n", (1, 1)),
        ("class A: pass\n", (1, 1)),
        ("async def answer():\n    return 1\n", (1, 1)),
        ("print()\n", (1, 1)),
    ],
)
def test_everything_else_is_a_fault_with_its_place(program, place):
    error = fault(program)
    assert error is not None
    assert (error.line, error.column) == place


def test_a_program_that_computes_its_answer_is_wrong(sandbox):
    problem = Problem("p", "", [TestCase.call([], 3)] * 2, entry_point="f", literal_answer=True)
    assert sandbox.judge(problem, "def f():\n    return 3\n").passed
    verdict = sandbox.judge(problem, "def f():\n    return 1 + 2\n")
    assert verdict.status == "wrong_answer"
    assert len(verdict.tests) == 2
    assert verdict.error.line == 2
    assert sandbox.judge(problem, "def f(:\n").status == "syntax_error"
