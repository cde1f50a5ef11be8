"""HumanEval+ and MBPP+: EvalPlus' own form and the hub's, and how outputs are compared."""

import json

import pytest

from rltf import manager
from rltf.dataset import DataError

ROW = {
    "task_id": "HumanEval/900",
    "prompt": 'def half(x):\n    """Halve."""\n',
    "entry_point": "half",
    "canonical_solution": "    return x / 2\n",
    "base_input": [[4]],
    "plus_input": [[1], [float("inf")]],
    "contract": "\n    assert x >= 0\n",
    "atol": 0,
}
HUB_TEST = """import numpy as np

def assertion(out, exp, atol):
    assert out == exp

inputs = [[1], [2]]
results = [2, 4]
for i, (inp, exp) in enumerate(zip(inputs, results)):
    assertion({name}(*inp), exp, 0)
"""


def load(name, tmp_path, *rows):
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return manager.get("dataset", name, path=str(path)).problems("test")


def plus(task, name, code, inputs, atol=0):
    """A row of MBPP+ as EvalPlus releases it."""
    row = {"task_id": f"Mbpp/{task}", "prompt": '"""\nDo it.\n"""\n', "entry_point": name}
    return row | {
        "canonical_solution": code,
        "base_input": inputs[:1],
        "plus_input": inputs[1:],
        "contract": "",
        "assertion": "assert True",
        "atol": atol,
    }


def test_outputs_come_from_the_reference(tmp_path, sandbox):
    (problem,) = load("humanevalplus", tmp_path, ROW)
    assert problem.task_id == "HumanEval/900"
    assert problem.solutions == (ROW["prompt"] + ROW["canonical_solution"],)
    assert sandbox.judge(problem, problem.solutions[0]).judging == "split"
    statuses = [
        sandbox.judge(problem, f"def half(x):\n    return {value}\n").status
        for value in ("x / 2", "x / 2 + 1e-9", "x * 0.51", "int(x / 2)", "str(x / 2)", "y")
    ]
    assert statuses == ["passed"] * 2 + ["wrong_answer"] * 2 + ["wrong_answer", "runtime_error"]


def test_the_reference_is_not_what_the_program_replaces(tmp_path, sandbox):
    (problem,) = load("humanevalplus", tmp_path, ROW)
    cheat = "def outputs_of_reference(): return []\ndef close(*a): return True\n"
    cheat += "agrees = close\ndef half(x): return 7\n"
    assert sandbox.judge(problem, cheat).status == "wrong_answer"


def test_a_program_may_change_its_arguments(tmp_path, sandbox):
    row = plus(900, "f", "def f(xs):\n    xs.sort()\n    return xs\n", [[[2, 1]], [[3, 2]]])
    (problem,) = load("mbppplus", tmp_path, row)
    assert sandbox.judge(problem, problem.solutions[0]).passed
    assert sandbox.judge(problem, "def f(xs): return sorted(xs)").passed
    assert not sandbox.judge(problem, "def f(xs): return xs").passed


def test_any_root_of_a_polynomial_will_do(tmp_path, sandbox):
    row = ROW | {
        "entry_point": "find_zero",
        "prompt": "def find_zero(xs):\n",
        "canonical_solution": "    return 1.0\n",
        "base_input": [[[-1, 0, 1]]],
        "plus_input": [],
        "atol": 1e-4,
    }
    (problem,) = load("humanevalplus", tmp_path, row)
    assert sandbox.judge(problem, "def find_zero(xs): return -1.0").passed
    assert not sandbox.judge(problem, "def find_zero(xs): return 0.5").passed


@pytest.mark.parametrize(
    ("task", "name", "inputs", "reference", "right", "wrong"),
    [
        (2, "similar_elements", [[[1, 2], [2, 1]]], "(1, 2)", "[2, 1, 1]", "[1]"),
        (434, "text_match_three", [["a"]], "1", "'found'", "None"),
        (434, "text_match_three", [["a"]], "None", "False", "True"),
        (164, "are_equivalent", [[1, 2]], "True", "False", "missing"),
        (295, "sum_div", [[1]], "1", "0", "2"),
        (581, "surface_Area", [[3, 4]], "33", "35", "34"),
        (558, "digit_distance_nums", [[7, 123]], "0", "7", "8"),
        (900, "other", [[1]], "(1, 2)", "(1, 2)", "[1, 2]"),
        (901, "floats", [[1]], "[0.1, 0.2]", "[0.1, 0.2 + 1e-8]", "(0.1, 0.2 + 1e-8)"),
        (901, "floats", [[1]], "[0.1, 0.2]", "[0.1, 0.2]", "[0.1]"),
    ],
)
def test_problems_with_rules_of_their_own(
    tmp_path, sandbox, task, name, inputs, reference, right, wrong
):
    row = plus(task, name, f"def {name}(*args): return {reference}\n", inputs)
    (problem,) = load("mbppplus", tmp_path, row)
    statuses = [
        sandbox.judge(problem, f"def {name}(*args): return {value}\n").passed
        for value in (reference, right, wrong)
    ]
    assert statuses == [True, True, False]


@pytest.mark.parametrize(
    ("task", "args", "value"),
    [
        (2, [[1], [2]], "((1,), (2,))"),
        (63, [[[1], [2]]], "([(1,), (2,)],)"),
        (259, [[[1]], [[2]]], "(((1,),), ((2,),))"),
        (580, [[1, [2, [3]]]], "((1, (2, (3,))),)"),
        (75, [[[1]], [2]], "([(1,)], [2])"),
        (307, [[1], 2, 3], "((1,), 2, 3)"),
        (106, [[1], [2]], "([1], (2,))"),
        (115, [[[1], []]], "([{1}, {}],)"),
        (278, [[1, [2]]], "((1, (2,)),)"),
        (722, [{"a": [1]}, 2], "({'a': (1,)}, 2)"),
        (252, ["1+2j"], "(1+2j,)"),
        (124, ["1", "2j"], "(1.0, 2j)"),
        (3, [[1]], "([1],)"),
    ],
)
def test_inputs_that_json_cannot_write(tmp_path, sandbox, task, args, value):
    (problem,) = load("mbppplus", tmp_path, plus(task, "f", "def f(*args): return True\n", [args]))
    assert sandbox.judge(problem, f"def f(*args): return args == {value}").passed


@pytest.mark.parametrize("called", ["twice", "candidate"])
def test_the_hubs_mbppplus_carries_a_test_program(tmp_path, sandbox, called):
    row = {"task_id": 3, "code": "def twice(x): return 2 * x", "prompt": "Double it."}
    row |= {"test_imports": [], "test_list": ["assert twice(1) == 2"]}
    (problem,) = load("mbppplus", tmp_path, row | {"test": HUB_TEST.format(name=called)})
    assert (problem.task_id, problem.entry_point) == ("3", "twice")
    assert sandbox.judge(problem, problem.solutions[0]).passed
    assert sandbox.judge(problem, "def twice(x): return 2").status == "wrong_answer"


def test_the_hubs_humanevalplus_is_in_humanevals_form(tmp_path, sandbox):
    row = {key: ROW[key] for key in ("task_id", "prompt", "entry_point", "canonical_solution")}
    row["test"] = "def check(candidate):\n    assert candidate(1) == 0.5\n"
    (problem,) = load("humanevalplus", tmp_path, row)
    assert problem.limits.cpu_s == 60
    assert sandbox.judge(problem, problem.solutions[0]).passed


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"base_input": [], "plus_input": []}, "'base_input' and 'plus_input' are empty"),
        ({"base_input": [3]}, "'base_input', number 1: arguments must be a list, not 3"),
        ({"atol": "0"}, "'atol' must be a number"),
        ({"entry_point": None}, "'entry_point' must name"),
        ({"canonical_solution": None}, "'canonical_solution' must be text"),
        ({"task_id": "Mbpp/252", "base_input": [["x"]]}, "the inputs are not those of Mbpp/252"),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, fault):
    row = plus(3, "f", "def f(x): pass", [[1]])
    with pytest.raises(DataError) as caught:
        load("mbppplus", tmp_path, row, row | {"task_id": "Mbpp/4"} | change)
    assert f"data.jsonl, line 2: {fault}" in str(caught.value)
