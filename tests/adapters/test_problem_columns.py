"""Every form in which data sets hold tests judges a right program as right and a wrong one as wrong."""

from __future__ import annotations

import gc
import json
import weakref
from typing import Any

import numpy as np
import pytest

from rltf import Problem
from rltf.adapters import Grader, problem_of
from rltf.adapters.grader import job_of
from rltf.adapters.problem_columns import problem_of_answer
from rltf.errors import DataError

GRADER = Grader("coarse", workers=2)
CALLS = ("def f(x):\n    return x * 2\n", "def f(x):\n    return x + 1\n")
READS = ("print(int(input()) * 2)", "print(int(input()) + 1)")
CHECK = "def check(candidate):\n    assert candidate(4) == 8\n"
FUNCTION = {"fn_name": "f", "inputs": [[4]], "outputs": [8]}
STREAM = {"inputs": ["4\n"], "outputs": ["8\n"]}
LINE = {"task_id": 1, "prompt": "", "entry_point": "f", "tests": [{"args": [4], "expected": 8}]}


def open_r1(**test: Any) -> dict[str, Any]:
    return {"verification_info": {"language": "python", "test_cases": [test]}}


ROWS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "problem": ({"problem": json.dumps(LINE)}, CALLS),
    "tests as objects": ({"tests": LINE["tests"], "entry_point": "f"}, CALLS),
    "tests as text": ({"tests": json.dumps(LINE["tests"]), "entry_point": "f"}, CALLS),
    "tests of a table": (
        {"tests": [{"args": [4], "expected": 8, "assert": None}], "entry_point": "f"},
        CALLS,
    ),
    "tests of an array": ({"tests": np.array(["assert f(4) == 8"])}, CALLS),
    "stdin tests": ({"tests": [{"input": "4", "output": "8"}], "other": object()}, READS),
    "open-r1": (open_r1(input="4\n", output="8\n", type="stdin_stdout", fn_name=None), READS),
    "open-r1 call": (open_r1(input="[4]", output="[8]", type="function_call", fn_name="f"), CALLS),
    "apps": ({"input_output": json.dumps(STREAM)}, READS),
    "apps call": ({"input_output": FUNCTION}, CALLS),
    "mbpp": ({"test_list": ["assert f(4) == EIGHT"], "test_setup_code": "EIGHT = 8"}, CALLS),
    "humaneval": ({"test": CHECK, "entry_point": "f", "task_id": "HumanEval/0"}, CALLS),
}
ANSWERS: dict[str, tuple[object, tuple[str, str]]] = {
    **{
        name: (json.dumps(row), programs)
        for name, (row, programs) in ROWS.items()
        if name not in ("tests of an array", "stdin tests")
    },
    "prime": (json.dumps(STREAM), READS),
    "prime call": (FUNCTION, CALLS),
    "test cases": (json.dumps(open_r1(input="4", output="8")["verification_info"]), READS),
    "list": (json.dumps(["assert f(4) == 8"]), CALLS),
    "asserts": ("assert f(4) == 8\nassert f(1) == 2\n", CALLS),
}


def test_rows_of_all_forms_are_judged() -> None:
    problems = {f"row: {name}": (problem_of(row), pair) for name, (row, pair) in ROWS.items()}
    problems |= {
        f"answer: {name}": (problem_of_answer(answer), pair)
        for name, (answer, pair) in ANSWERS.items()
    }
    jobs = [job_of(problem, code) for problem, pair in problems.values() for code in pair]
    values = iter(map(GRADER.value, GRADER.grade(jobs)))
    found = {name: (next(values), next(values)) for name in problems}
    assert found == dict.fromkeys(problems, (1.0, -0.3))


def test_problems_with_one_name_are_told_apart() -> None:
    other = {**LINE, "tests": [{"args": [4], "expected": 5}]}
    jobs = [job_of(problem_of({"problem": each}), CALLS[0]) for each in (LINE, other)]
    assert [each.verdict.passed for each in GRADER.grade(jobs)] == [True, False]


def test_no_tests_are_no_reward() -> None:
    (scored,) = GRADER.grade([job_of(problem_of({"tests": []}), "x = 1")])
    assert GRADER.value(scored) is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "the row has no tests: its columns are none"),
        ({"tests": 3}, "column 'tests': 'tests' must be a list"),
        ({"tests": [{"arg": [1]}]}, "a test must be"),
        ({"problem": "[]"}, "column 'problem': must be an object"),
        ({"problem": {"task_id": "a"}}, "'prompt' is missing"),
        ({"tests": ["assert 1"], "limits": object()}, "holds a object, which JSON cannot"),
        ({"tests": [{1: 2, "args": 3}]}, "column 'tests': '<' not supported"),
        ({"tests": b"[]"}, "holds a bytes, which JSON cannot"),
        (open_r1(input="a", output="b") | {"verification_info": {"language": "rust"}}, "rust"),
        ({"verification_info": {"test_cases": [{"input": "a"}]}}, "a test case must have"),
        ({"input_output": {"inputs": ["a"], "outputs": []}}, "1 inputs, but 0 outputs"),
        ({"test": CHECK}, "'entry_point' must name"),
        ({"test_list": [3]}, "'test_list', number 1: a program must be text"),
        ({"dataset": "mini"}, "'task_id' must name a problem of dataset 'mini'"),
        ({"dataset": "mini", "task_id": "x"}, "dataset mini has no task 'x'"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_in_one_line(row: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        problem_of(row)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("answer", [None, "", "   ", 3, [], "null"])
def test_an_answer_without_tests_is_an_error(answer: object) -> None:
    with pytest.raises(DataError, match="ground_truth must hold the tests of a problem"):
        problem_of_answer(answer)


def test_an_answer_of_another_kind_names_its_field() -> None:
    with pytest.raises(DataError, match="label: the row has no tests: its columns are reward"):
        problem_of_answer({"reward": 1}, name="label")


def test_large_problems_are_not_kept_for_long() -> None:
    """A data set with megabytes of tests for each problem would fill the memory of every worker."""

    def problem(number: int) -> Problem:
        return problem_of({"tests": [f"assert f() == {number} # {'x' * 70_000}"]})

    first = weakref.ref(problem(0))
    assert problem(0) is first()
    for number in range(1, 65):
        problem(number)
    gc.collect()
    assert first() is None
