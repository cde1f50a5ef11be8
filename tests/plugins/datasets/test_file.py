"""Problem files of one's own: what is read, and what is wrong with those that are not."""

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from rltf import Limits, Problem, TestCase, manager
from rltf.dataset import DataError
from rltf.plugins.datasets.file import problem_line


def nested(depth):
    return [nested(depth - 1)] if depth else 0


GOOD = {"task_id": "sum", "prompt": "Add.", "tests": [{"input": "1 2", "output": "3"}]}

CALL = GOOD | {"entry_point": "f"}


def write(tmp_path, *lines):
    path = tmp_path / "problems.jsonl"
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    )
    return path


def load(path):
    return manager.get("dataset", "file", path=str(path))


def test_every_key_is_read(tmp_path):
    full = {
        "task_id": 7,
        "prompt": "Add.",
        "starter_code": "def add(a, b):\n",
        "entry_point": "add",
        "tests": [
            {"args": [1, [2]], "expected": [3]},
            {"assert": "assert add(1, 1) == 2", "visible": True},
        ],
        "limits": {"cpu_s": 2, "wall_s": None},
        "solutions": ["def add(a, b):\n    return a + b\n"],
    }
    dataset = load(write(tmp_path, GOOD, "", full))
    first, second = dataset.problems()
    assert (first.task_id, first.prompt, first.entry_point) == ("sum", "Add.", None)
    assert first.tests == (TestCase.stdin("1 2", "3"),)
    assert second.task_id == "7"
    assert second.tests[0].args == (1, [2])
    assert second.tests[0].from_json
    assert second.tests[1] == TestCase.assertion("assert add(1, 1) == 2", visible=True)
    assert second.starter_code == "def add(a, b):\n"
    assert second.entry_point == "add"
    assert second.limits == Limits(cpu_s=2)
    assert second.solutions == ("def add(a, b):\n    return a + b\n",)


@pytest.mark.parametrize("name", ["f", "Solution.f", "Solution().f", "Outer.Inner().größe"])
def test_an_entry_point_is_a_function_or_a_method(tmp_path, name):
    (problem,) = load(write(tmp_path, GOOD | {"entry_point": name})).problems()
    assert problem.entry_point == name


def test_values_may_be_as_deep_as_the_sandbox_takes_them(tmp_path, sandbox):
    tests = [{"args": [nested(198)], "expected": nested(200)}]
    (problem,) = load(write(tmp_path, CALL | {"tests": tests})).problems()
    assert sandbox.judge(problem, "def f(x): return [[x]]").passed


def test_all_problems_are_for_training(tmp_path):
    dataset = load(write(tmp_path, GOOD))
    assert len(dataset.problems("train")) == 1
    assert len(dataset.problems("test")) == 0


def test_a_split_may_have_a_name_of_its_own(tmp_path):
    dataset = load(write(tmp_path, GOOD | {"split": "hard"}))
    assert [problem.split for problem in dataset.problems("hard")] == ["hard"]


def test_a_problem_without_tests_is_read(tmp_path):
    (problem,) = load(write(tmp_path, GOOD | {"tests": []})).problems()
    assert problem.tests == ()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("3", "must be an object, not 3"),
        ({"task_id": "a", "prompt": "b"}, "'tests' is missing"),
        (GOOD | {"task_id": None}, '"task_id" must be text or a whole number'),
        (GOOD | {"prompt": ["a"]}, "'prompt' must be text"),
        (GOOD | {"promt": "a"}, "unknown key 'promt'; did you mean 'prompt'?"),
        (GOOD | {"zzz": 1}, "unknown key 'zzz'; known: task_id"),
        (GOOD | {"test": []}, "unknown key 'test'; did you mean 'tests'"),
        (GOOD | {"split": "tset"}, "unknown split 'tset'; did you mean 'test'?"),
        (GOOD | {"split": "Train"}, "unknown split 'Train'; did you mean 'train'?"),
        (GOOD | {"split": "validaton"}, "unknown split 'validaton'; did you mean 'validation'?"),
        (
            GOOD | {"rule": "livecodebnch"},
            "; did you mean 'livecodebench'?",
        ),
        (GOOD | {"rule": "exact"}, "unknown rule 'exact'; known: "),
        (GOOD | {"tests": [{"input": "", "outptu": ""}]}, "did you mean 'output'?"),
        (GOOD | {"tests": [{"args": [], "expcted": 1}]}, "did you mean 'expected'?"),
        (GOOD | {"tests": [{"asert": ""}]}, "did you mean 'assert'?"),
        (GOOD | {"tests": [{"assert": "", "visble": True}]}, "did you mean 'visible'?"),
        (
            GOOD | {"limits": {"memory_md": 1}},
            "unknown name 'memory_md'; did you mean 'memory_mb'?",
        ),
        (GOOD | {"tests": {}}, "'tests' must be a list"),
        (GOOD | {"tests": [GOOD["tests"][0], {"input": "1"}]}, "'tests', number 2: a test must be"),
        (GOOD | {"tests": [3]}, "'tests', number 1: a test must be"),
        (GOOD | {"tests": [{"input": 1, "output": ""}]}, '"input" must be text'),
        (GOOD | {"tests": [{"args": [], "expected": 1}]}, "'entry_point' must name it"),
        (GOOD | {"solutions": [1]}, "'solutions', number 1: a program must be text"),
        (GOOD | {"limits": 3}, "'limits' must be an object"),
        (GOOD | {"limits": {"cpu_s": "2"}}, "cpu_s must be a number"),
        (GOOD | {"limits": {"cpu_s": -1}}, "cpu_s must be a number above 0"),
        (GOOD | {"limits": {"cpu_s": float("nan")}}, "cpu_s must be a number above 0"),
        (GOOD | {"limits": {"cpu_s": 1e300}}, "cpu_s must be a number above 0"),
        (GOOD | {"limits": {"memory_mb": 2.5}}, "memory_mb must be a whole number"),
        (GOOD | {"limits": {"threads": True}}, "threads must be a whole number"),
        (GOOD | {"limits": {"memory_mb": 1 << 40}}, "memory_mb must be a whole number from 1 to"),
        (GOOD | {"entry_point": "f g"}, "'entry_point' must be a name like f, Solution.f"),
        (GOOD | {"entry_point": "f()"}, "'entry_point' must be a name"),
        (GOOD | {"entry_point": "Solution()..f"}, "'entry_point' must be a name"),
        (GOOD | {"entry_point": "class"}, "'entry_point' must be a name"),
        (CALL | {"tests": [{"args": [], "expected": nested(201)}]}, "number 1: its values"),
        (CALL | {"tests": [{"args": [nested(199)], "expected": 1}]}, "too deeply nested"),
        (GOOD | {"limits": {"cpus": 1}}, "unknown name 'cpus'"),
        (GOOD | {"limits": {"files_mb": 0}}, "files_mb must be a whole number"),
        (GOOD | {"limits": {"files": 1 << 20}}, "files must be a whole number"),
        (GOOD | {"files": "yes"}, "'files' must be true or false"),
        (GOOD | {"fixtures": ["a"]}, "'fixtures' must be an object"),
        (GOOD | {"fixtures": {"a": 1}}, "fixtures: 'a' must be text or"),
        (GOOD | {"fixtures": {"../a": "x"}}, "fixtures: '../a' must be a relative path"),
        (GOOD, "task_id 'sum' is already that of line 1"),
    ],
)
def test_a_bad_line_is_named_with_its_fault(tmp_path, line, fault):
    with pytest.raises(DataError) as caught:
        load(write(tmp_path, GOOD, line))
    assert str(caught.value).startswith(f"{tmp_path / 'problems.jsonl'}, line 2: ")
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_bad_line_is_named(tmp_path):
    with pytest.raises(DataError) as caught:
        load(write(tmp_path, "{", GOOD, "3", "{}"))
    assert "line 1: not JSON" in str(caught.value)
    assert str(caught.value).endswith("\n2 more lines are wrong: 3, 4")


def test_bytes_that_are_no_text_are_named(tmp_path):
    path = tmp_path / "problems.jsonl"
    path.write_bytes(b'{"task_id": "\xff"}')
    with pytest.raises(DataError, match="line 1: not UTF-8"):
        load(path)


@pytest.mark.parametrize(
    ("name", "fault"),
    [("absent", "No such file"), ("", "Is a directory"), ("empty", "no problems")],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, name, fault):
    (tmp_path / "empty").touch()
    with pytest.raises(DataError, match=fault):
        load(tmp_path / name)


def test_without_a_path_it_says_how_to_give_one():
    with pytest.raises(DataError, match="--data"):
        manager.get("dataset", "file")


# -------------------------------------------------------------------- problems that are written


def test_a_line_holds_all_that_a_problem_has(tmp_path):
    problem = Problem(
        "t",
        "Words.",
        [
            TestCase.stdin("1\n", "2\n", visible=True),
            TestCase.assertion("assert f(1)", guarded=True),
            TestCase.from_dict({"args": [1, {"a": [None, True, 1.5]}], "expected": [2]}),
            TestCase.call([{1: (2,)}, {3}, b"x", "\ud800"], [(4,)], visible=True),
            TestCase.call([1], [2]),
            TestCase.call([1], "a"),
        ],
        starter_code="def f(x):\n",
        entry_point="f",
        limits=Limits(cpu_s=2),
        solutions=["def f(x): ..."],
        setup_code="import math",
        rule="apps",
        checker="def check(input, output, expected): return True",
        split="test",
        metadata={"difficulty": "interview", "test_list": ["assert f(1)"]},
        fixtures={"data.csv": "1,ü\n", "a/raw.bin": b"\xff\0"},
    )
    (read,) = load(write(tmp_path, problem_line(problem))).problems()
    as_written = replace(read, tests=[replace(test, from_json=False) for test in read.tests])
    wanted = replace(problem, tests=[replace(test, from_json=False) for test in problem.tests])
    assert as_written == wanted
    # where it matters, a list stays a list
    assert [test.from_json for test in read.tests] == [False, False, True, False, False, True]


def test_files_without_fixtures_are_kept(tmp_path):
    row = {"task_id": "t", "prompt": "", "tests": [{"input": "", "output": ""}], "files": True}
    (problem,) = load(write(tmp_path, row)).problems()
    assert problem.files
    assert problem_line(problem) == row


def test_what_a_problem_does_not_have_is_not_written(tmp_path):
    bare = {"task_id": "t", "prompt": "", "tests": [{"input": "", "output": ""}]}
    (problem,) = load(write(tmp_path, bare)).problems()
    assert problem_line(problem) == bare


def test_splits_are_kept_apart(tmp_path):
    dataset = load(write(tmp_path, GOOD, GOOD | {"task_id": "other", "split": "test"}))
    assert [problem.task_id for problem in dataset.problems("test")] == ["other"]
    assert [problem.task_id for problem in dataset.problems("train")] == ["sum"]
    assert len(dataset.problems()) == 2


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"rule": "strikt"}, "unknown rule 'strikt'; known: "),
        ({"metadata": [1]}, "must be an object"),
        ({"setup_code": 1}, "'setup_code' must be text"),
        ({"tests": [{"args": "(f(),)", "expected": "1", "literal": True}]}, "not a Python literal"),
        ({"tests": [{"args": "[1]", "expected": "1", "literal": True}]}, "must say a tuple"),
        ({"tests": [{"args": [1], "expected": "1", "literal": True}]}, "must be text"),
        ({"tests": [{"args": [1], "expected": 1, "literal": 1}]}, "must be true or false"),
    ],
)
def test_a_wrong_value_of_those_is_named(tmp_path, change, fault):
    with pytest.raises(DataError, match=re.escape(fault)):
        load(write(tmp_path, CALL | change))


def test_a_value_that_no_line_can_hold_is_an_error():
    with pytest.raises(ValueError, match="no Python literal says a Decimal"):
        problem_line(Problem("t", "", [TestCase.call([Decimal(1)], 1)], entry_point="f"))


def test_submissions_and_literal_answers_survive_a_round_trip(tmp_path):
    submission = {"name": "w.py", "program": "answer = 3", "expected": ["wrong_answer"]}
    line = {
        "task_id": "p",
        "prompt": "",
        "tests": [{"assert": "assert answer == 4"}],
        "submissions": [submission],
        "literal_answer": True,
    }
    path = tmp_path / "problems.jsonl"
    path.write_text(json.dumps(line))
    (problem,) = manager.get("dataset", "file", path=str(path)).problems()
    assert problem.literal_answer
    assert problem.submissions[0].expected == ("wrong_answer",)
    assert problem_line(problem)["submissions"] == [submission]
    assert problem_line(problem)["literal_answer"] is True
    path.write_text(json.dumps(line | {"submissions": [submission | {"expected": ["bad"]}]}))
    with pytest.raises(DataError, match="'submissions', number 1: a submission must expect"):
        manager.get("dataset", "file", path=str(path))
