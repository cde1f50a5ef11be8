"""APPS: its tree of folders, the hub's files, and what is left out."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rltf import TestCase, manager
from rltf.dataset import DataError

REAL = Path(__file__).parents[4] / "shared" / "data" / "apps"

STDIN = {"inputs": ["1 2\n", ["3", "4"]], "outputs": ["3\n", ["7", ""]]}
CALL = {"fn_name": "head", "inputs": [[[1, 2]], [{"1": 2}, 5]], "outputs": [[[1]], [1]]}
SOLUTION = "class Solution:\n    def head(self, xs):\n        "


def write(folder, tests=STDIN, **files):
    folder.mkdir(parents=True)
    files = {"question.txt": "Add.", "input_output.json": tests} | files
    for name, content in files.items():
        if content is not None:
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text)


def load(path):
    return manager.get("dataset", "apps", path=str(path))


def test_a_folder_of_problems(tmp_path, sandbox):
    program = "import sys\nprint(sum(map(int, sys.stdin.read().split())))"
    metadata = {"difficulty": "interview", "url": "https://example.org"}
    write(
        tmp_path / "0001", **{"solutions.json": [program], "metadata.json": metadata, "other": "x"}
    )
    (problem,) = load(tmp_path).problems()
    assert (problem.task_id, problem.prompt, problem.split) == ("0001", "Add.", "test")
    assert problem.tests == (TestCase.stdin("1 2\n", "3\n"), TestCase.stdin("3\n4", "7\n"))
    assert (problem.entry_point, problem.starter_code, problem.rule) == (None, "", "apps")
    assert problem.metadata == metadata
    assert list(problem.solutions) == [program]
    assert sandbox.judge(replace(problem, rule="strict"), program).passed


@pytest.mark.parametrize(
    ("starter", "name"),
    [
        (None, "head"),
        ("def head(xs):\n\t", "head"),
        (SOLUTION, "Solution().head"),
        ("# class Solution\ndef head(xs):\n", "head"),
    ],
)
def test_a_function_is_called(tmp_path, starter, name):
    write(tmp_path / "7", CALL, **{"starter_code.py": starter})
    (problem,) = load(tmp_path).problems()
    assert problem.entry_point == name
    assert problem.starter_code == (starter or "")
    assert [(test.args, test.expected) for test in problem.tests] == [
        (([1, 2],), [[1]]),
        (({1: 2}, 5), [1]),
    ]
    assert all(test.from_json for test in problem.tests)


def test_a_text_that_looks_like_a_function_name_is_none(tmp_path):
    write(tmp_path / "7", {"inputs": ['"fn_name": "f"'], "outputs": ["fn_name"]})
    (problem,) = load(tmp_path).problems()
    assert problem.entry_point is None
    assert problem.tests[0].kind == "stdin"


def test_training_problems_of_the_same_name_have_ids_of_their_own(tmp_path):
    for folder in ("train/0000", "train/0001", "test/0000"):
        write(tmp_path / folder)
    dataset = load(tmp_path)
    assert [p.task_id for p in dataset.problems("train")] == ["train/0000", "0001"]
    assert [p.task_id for p in dataset.problems("test")] == ["0000"]
    assert [p.task_id for p in load(tmp_path / "train").problems("train")] == ["0000", "0001"]


def test_problems_without_tests_are_left_out_and_listed(tmp_path):
    write(tmp_path / "0", None)
    write(tmp_path / "1", {"inputs": [], "outputs": []})
    write(tmp_path / "2", "")
    write(tmp_path / "3")
    dataset = load(tmp_path)
    assert [p.task_id for p in dataset.problems()] == ["3"]
    assert dataset.skipped == dict.fromkeys(("0", "1", "2"), "it has no tests")


def test_huge_tests_and_huge_integers(tmp_path):
    digits = "9" * 6000
    write(tmp_path / "0", f'{{"fn_name": "f", "inputs": [[{digits}]], "outputs": [{digits}]}}')
    write(tmp_path / "1", {"inputs": ["x" * 5_000_000], "outputs": [""]})
    call, stdin = load(tmp_path).problems()
    assert call.tests[0].expected == 10**6000 - 1
    assert call.tests[0].args == (10**6000 - 1,)
    assert len(stdin.tests[0].input) == 5_000_000


def test_long_tests_are_read_when_they_are_used(tmp_path):
    write(tmp_path / "0", {"inputs": ["x" * 5000], "outputs": [""]})
    (problem,) = load(tmp_path).problems()
    (tmp_path / "0" / "input_output.json").write_text("{" + " " * 5000)
    with pytest.raises(DataError, match=r"0/input_output\.json: Expecting"):
        len(problem.tests)


def hub_row(number, **more):
    row = {"problem_id": number, "question": "Add.", "solutions": '["print(3)"]'}
    row |= {"input_output": json.dumps(STDIN), "difficulty": "competition", "url": "u"}
    return row | {"starter_code": ""} | more


def test_the_files_of_the_hub(tmp_path):
    long = json.dumps({"inputs": ["x" * 5000], "outputs": ["y"]})
    rows = {
        "train": [hub_row(0), hub_row(2, input_output="")],
        "test": [hub_row(0, input_output=long, solutions="")],
    }
    for split, lines in rows.items():
        (tmp_path / f"{split}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    dataset = load(tmp_path)
    train, test = dataset.problems()
    assert (train.task_id, train.split) == ("train/0000", "train")
    assert (test.task_id, test.split) == ("0000", "test")
    assert list(train.solutions) == ["print(3)"]
    assert list(test.solutions) == []
    assert test.tests[0] == TestCase.stdin("x" * 5000, "y")
    assert train.metadata == {"difficulty": "competition", "url": "u"}
    assert dataset.skipped == {"0002": "it has no tests"}
    assert [p.task_id for p in load(tmp_path / "train.jsonl").problems("train")] == ["0000"]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("input_output.json", "{", "Expecting"),
        ("input_output.json", "[1]", "must be an object"),
        ("input_output.json", {"inputs": ["1"], "outputs": []}, "1 inputs, but 0 outputs"),
        ("input_output.json", {"inputs": "1", "outputs": []}, "'inputs' must be a list"),
        ("metadata.json", "[]", "must be an object"),
    ],
)
def test_a_folder_that_is_wrong_is_named(tmp_path, name, content, fault):
    write(tmp_path / "5", **{name: content})
    with pytest.raises(DataError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / '5' / name}: ")
    assert fault in str(caught.value)


def test_a_line_that_is_wrong_is_named(tmp_path):
    path = tmp_path / "test.jsonl"
    path.write_text(json.dumps(hub_row(1)) + "\n" + json.dumps(hub_row(2, input_output="{")))
    with pytest.raises(DataError, match=r"test\.jsonl, line 2: Expecting"):
        load(path)


def test_a_folder_without_problems_is_named(tmp_path):
    with pytest.raises(DataError, match="holds no data of dataset apps"):
        load(tmp_path)


def test_the_real_problems_are_read(sandbox):
    if not REAL.is_dir():
        pytest.skip("shared/data/apps is not there")
    stdin, call = load(REAL).problems()
    assert (stdin.task_id, stdin.metadata["difficulty"]) == ("0001", "interview")
    assert (call.task_id, call.entry_point, len(call.tests)) == ("4184", "is_prime", 8)
    assert call.tests[0].expected == [False]
    assert sandbox.judge(replace(stdin, rule="strict"), stdin.solutions[0]).passed
