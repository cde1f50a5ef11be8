"""QuixBugs' form: a program with a bug, the correct one, and tests in pytest's style."""

import os

import pytest

from rltf import manager
from rltf.dataset import DataError
from rltf.problem import TestCase

REAL = os.environ.get("RLTF_QUIXBUGS", "")
IMPORT = """\
import pytest
{extra}
if pytest.use_correct:
    from correct_python_programs.{name} import {name}
else:
    from python_programs.{name} import {name}


"""
ROWS = (
    IMPORT
    + """\
testdata = load_json_testcases({name}.__name__)


@pytest.mark.parametrize("input_data,expected", testdata)
def test_{name}(input_data, expected):
    {body}
"""
)
FILES = {
    "correct_python_programs/double.py": "def double(x):\n    return [x, x]\n",
    "python_programs/double.py": "def double(x):\n    return [x]\n",
    "json_testcases/double.json": '[[1], [1, 1]]\n\n[["a"], ["a", "a"]]\n',
    "python_testcases/test_double.py": ROWS.format(
        name="double",
        extra="from load_testdata import load_json_testcases",
        body="assert list(double(*input_data)) == expected",
    ),
    "correct_python_programs/slow.py": "def slow(x):\n    assert x < 9\n    return x\n",
    "python_programs/slow.py": "def slow(x):\n    assert x < 9\n    return -x\n",
    "json_testcases/slow.json": "[[1], 1]\n[[9], 9]\n",
    "python_testcases/test_slow.py": ROWS.format(
        name="slow",
        extra="from load_testdata import load_json_testcases",
        body="if not pytest.run_slow and input_data == [9]:\n"
        '        pytest.skip("slow")\n    assert slow(*input_data) == expected',
    ),
    "python_testcases/node.py": "class Node:\n    def __init__(self, value):\n        self.value = value\n",
    "correct_python_programs/value.py": "def value(node):\n    return node.value\n",
    "python_programs/value.py": "def value(node):\n    return node\n",
    "python_testcases/test_value.py": IMPORT.format(name="value", extra="from node import Node")
    + "def test1():\n    assert value(Node(3)) == 3\n",
    "correct_python_programs/value_test.py": "from node import Node\n",
}


@pytest.fixture
def copy(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    return tmp_path


def test_rows_are_asserts_and_other_tests_are_files(copy):
    problems = manager.get("dataset", "quixbugs", path=str(copy)).problems()
    assert [problem.task_id for problem in problems] == ["double", "slow", "value"]
    double, slow, value = problems
    assert double.tests == (
        TestCase.assertion("assert list(double(1)) == [1, 1]"),
        TestCase.assertion("assert list(double('a')) == ['a', 'a']"),
    )
    assert len(slow.tests) == len(value.tests) == 1
    assert "python_programs" not in value.tests[0].code
    assert "return [x]" in double.prompt


def test_correct_programs_pass_and_buggy_ones_do_not(copy, sandbox):
    for problem in manager.get("dataset", "quixbugs", path=str(copy)).problems():
        (reference,), (buggy,) = problem.solutions, problem.submissions
        assert sandbox.judge(problem, reference).passed
        assert sandbox.judge(problem, buggy.program).status in buggy.expected


def test_what_is_wrong_is_said(copy, tmp_path):
    (copy / "json_testcases" / "double.json").write_text("[[1], 1]\n[[2]]\n")
    with pytest.raises(DataError, match=r"double\.json, line 2: must be a JSON list"):
        manager.get("dataset", "quixbugs", path=str(copy))
    with pytest.raises(DataError, match="is a folder"):
        manager.get("dataset", "quixbugs", path=str(copy / "json_testcases" / "double.json"))
    with pytest.raises(DataError, match="it has no programs with tests"):
        manager.get("dataset", "quixbugs", path=str(copy / "json_testcases"))


@pytest.mark.skipif(not os.path.isdir(REAL), reason="RLTF_QUIXBUGS names no copy")
def test_the_real_programs_can_be_read():
    problems = manager.get("dataset", "quixbugs", path=REAL).problems()
    assert len(problems) == 40
    assert all(problem.solutions and problem.submissions for problem in problems)
