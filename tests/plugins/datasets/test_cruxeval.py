"""CRUXEval's form: what does a function return, and for which arguments."""

import json
import os

import pytest

from rltf import manager
from rltf.dataset import DataError

REAL = os.environ.get("RLTF_CRUXEVAL", "")
ROW = {
    "id": "sample_0",
    "code": "def f(xs, n):\n    xs.append(n)\n    max(xs)\n    return {x: xs.count(x) for x in xs}",
    "input": "[1, 1], 2",
    "output": "{1: 2, 2: 1}",
}
WITH_FUNCTION = {
    "id": "sample_1",
    "code": "LIMIT = [2]\ndef f(xs, g): return [g(x) for x in xs]",
    "input": "LIMIT[:], lambda x: x < 3",
    "output": "[True]",
}


def load(tmp_path, name, *rows):
    path = tmp_path / "cruxeval.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return manager.get("dataset", name, path=str(tmp_path)).problems("test")


def test_an_output_is_a_literal(tmp_path, sandbox):
    (problem,) = load(tmp_path, "cruxeval", ROW)
    assert ROW["output"] not in problem.prompt
    assert "f([1, 1], 2)" in problem.prompt
    for right in (problem.solutions[0], "def answer():\n    return {2: 1, 1: 2}\n"):
        assert sandbox.judge(problem, right).passed
    computed = f"{ROW['code']}\n\ndef answer():\n    return f([1, 1], 2)\n"
    verdict = sandbox.judge(problem, computed)
    assert verdict.status == "wrong_answer"
    assert "must be a literal" in verdict.error.message
    assert sandbox.judge(problem, "def answer():\n    return {1: 2}\n").status == "wrong_answer"


def test_any_input_that_works_is_right(tmp_path, sandbox):
    plain, with_function = load(tmp_path, "cruxeval:input", ROW, WITH_FUNCTION)
    assert plain.starter_code.startswith(ROW["code"])
    for problem in (plain, with_function):
        assert sandbox.judge(problem, problem.solutions[0]).passed
    assert sandbox.judge(plain, "def answer():\n    return ([1], 2)\n").status == "wrong_answer"
    assert sandbox.judge(plain, "def answer():\n    return ([1, 2], 1)\n").passed


@pytest.mark.parametrize(
    "program",
    [
        "class A:\n    def append(self, n): pass\n    def __iter__(self): return iter([1, 1, 2])\n"
        "    def count(self, x): return 3 - x\n\ndef answer():\n    return (A(), 2)\n",
        "def f(*args):\n    return {1: 2, 2: 1}\n\ndef answer():\n    return (1, 2)\n",
        "def answer():\n    return [[1, 1], 2]\n",
    ],
)
def test_an_input_is_data_for_the_given_function(program, tmp_path, sandbox):
    (problem,) = load(tmp_path, "cruxeval:input", ROW)
    assert sandbox.judge(problem, program).status == "wrong_answer"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"input": "x = 3"}, "'input' must be positional arguments"),
        ({"input": "3)"}, "'input' must be Python"),
        ({"output": ""}, "'output' must be Python"),
        ({"code": 3}, "'code' must be text"),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, fault):
    with pytest.raises(DataError, match=f"line 2: {fault}"):
        load(tmp_path, "cruxeval", ROW, ROW | {"id": "sample_1"} | change)


def test_an_unknown_task_is_named(tmp_path):
    with pytest.raises(DataError, match="did you mean 'output'"):
        load(tmp_path, "cruxeval:outputs", ROW)


@pytest.mark.skipif(not os.path.isdir(REAL), reason="RLTF_CRUXEVAL names no copy")
@pytest.mark.parametrize("task", ["output", "input"])
def test_the_real_functions_can_be_read(task):
    assert len(manager.get("dataset", f"cruxeval:{task}", path=REAL).problems()) == 800
