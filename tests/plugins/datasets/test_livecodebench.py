"""LiveCodeBench's released form, and pickles that hold more than text."""

import base64
import json
import os
import pickle
import zlib
from dataclasses import replace

import pytest

from rltf import TestCase, manager
from rltf.dataset import DataError

STDIN = {"input": "1 2\n", "output": "3\n", "testtype": "stdin"}
CALL = {"input": "[1, 2]\n3", "output": "[1, 2, 3]", "testtype": "functional"}
ROW = {
    "question_title": "Sum",
    "question_content": "Add.",
    "platform": "atcoder",
    "question_id": "abc001_a",
    "contest_date": "2023-05-07T00:00:00",
    "starter_code": "",
    "difficulty": "easy",
    "metadata": "{}",
}


def packed(value):
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


def row(public, private, **more):
    return ROW | more | {"public_test_cases": json.dumps(public), "private_test_cases": private}


def load(tmp_path, *rows):
    path = tmp_path / "test.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return manager.get("dataset", "livecodebench", path=str(tmp_path)).problems("test")


@pytest.mark.parametrize("pack", [json.dumps, lambda tests: packed(json.dumps(tests))])
def test_a_program_that_reads_and_prints(tmp_path, pack, sandbox):
    (problem,) = load(tmp_path, row([STDIN], pack([STDIN, STDIN | {"output": "4"}])))
    assert problem.tests[0] == TestCase.stdin("1 2\n", "3\n", visible=True)
    assert [test.visible for test in problem.tests] == [True, False, False]
    assert (problem.task_id, problem.entry_point) == ("abc001_a", None)
    assert problem.metadata["difficulty"] == "easy"
    verdict = sandbox.judge(problem, "print(sum(map(int, input().split())))")
    assert [test.status for test in verdict.tests] == ["passed", "passed", "wrong_answer"]


def test_a_function_is_called_with_a_line_an_argument(tmp_path, sandbox):
    starter = "class Solution:\n    def put(self, xs: List[int], x: int) -> List[int]:\n        "
    named = {"starter_code": starter, "metadata": '{"func_name": "put"}'}
    (problem,) = load(tmp_path, row([CALL], packed(json.dumps([CALL])), **named))
    assert (problem.entry_point, problem.rule) == ("Solution().put", "livecodebench")
    assert problem.tests[1] == replace(problem.tests[0], visible=False)
    assert problem.tests[0].args == ([1, 2], 3)
    program = "class Solution:\n    def put(self, xs, x): return (*xs, x)\n"
    assert sandbox.judge(problem, program).passed
    assert sandbox.judge(problem, "def put(xs, x): return [*xs, x]").passed


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize(
    ("private", "fault"),
    [
        (packed([STDIN]), "must be pickled text, not list"),
        (packed(b"[]"), "must be pickled text, not bytes"),
        (packed("[")[:-8], "cut short"),
        ("%%%", "neither JSON nor packed text"),
        (base64.b64encode(zlib.compress(b"nothing")).decode(), "not pickled text"),
        (base64.b64encode(zlib.compress(pickle.dumps("[]" * 99))[:-6]).decode(), "cut short"),
        (packed("{}"), "tests must be a list"),
        (packed('[{"input": "", "output": "", "testtype": "x"}]'), "stdin or functional, not 'x'"),
        (packed('[{"input": "", "testtype": "stdin"}]'), "'output' is missing"),
        ("[3]", "must be an object, not 3"),
    ],
)
def test_private_tests_that_are_wrong_are_named(tmp_path, private, fault):
    _, problem = load(tmp_path, row([STDIN], "[]", question_id="a"), row([STDIN], private))
    with pytest.raises(DataError) as caught:
        len(problem.tests)
    assert str(caught.value).startswith(f"{tmp_path / 'test.jsonl'}, line 2: ")
    assert fault in str(caught.value)


def test_a_hostile_pickle_runs_nothing(tmp_path):
    target = tmp_path / "made"
    (problem,) = load(tmp_path, row([STDIN], packed(Hostile(str(target)))))
    with pytest.raises(DataError, match=r"it names posix\.mkdir"):
        len(problem.tests)
    assert not target.exists()
    pickle.loads(pickle.dumps(Hostile(str(target))))
    assert target.exists()
