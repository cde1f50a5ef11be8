"""BigCodeBench's form: a function, its libraries and a class of unittest."""

import json

import pytest

from rltf import manager
from rltf.dataset import DataError

CODE = "import csv\nimport os\n\ndef task_func(path):\n"
ROW = {
    "task_id": "BigCodeBench/0",
    "complete_prompt": CODE + '    """Return the rows of a CSV file."""\n',
    "instruct_prompt": "Return the rows of a CSV file.\n```\n" + CODE + "```",
    "code_prompt": CODE,
    "canonical_solution": "    with open(path) as file:\n        return list(csv.reader(file))\n",
    "test": """\
import unittest
from unittest.mock import mock_open, patch


class TestCases(unittest.TestCase):
    def setUp(self):
        with open("rows.csv", "w") as file:
            file.write("a,b\\n1,2\\n")

    def tearDown(self):
        os.remove("rows.csv")

    def test_rows(self):
        self.assertEqual(task_func("rows.csv"), [["a", "b"], ["1", "2"]])
""",
    "entry_point": "task_func",
    "libs": "['csv', 'os']",
}  # fmt: skip


def load(tmp_path, *rows, name="bigcodebench"):
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return manager.get("dataset", name, path=str(path))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("bigcodebench", "complete_prompt"),
        ("bigcodebench:instruct", "instruct_prompt"),
        ("bigcodebench:hard-complete", "complete_prompt"),
        ("bigcodebench:hard-instruct", "instruct_prompt"),
    ],
)
def test_a_problem_is_judged_by_its_unittest(name, key, tmp_path, sandbox):
    dataset = load(tmp_path, ROW, name=name)
    (problem,) = dataset.problems("test")
    assert problem.prompt == ROW[key]
    assert problem.files
    assert sandbox.judge(problem, problem.solutions[0]).passed
    wrong = CODE + "    with open(path) as file:\n        return file.read()\n"
    assert sandbox.judge(problem, wrong).status == "wrong_answer"
    assert dataset.id_prefix == "BigCodeBench/"


def test_missing_packages_are_named(tmp_path):
    row = ROW | {
        "task_id": "BigCodeBench/1",
        "test": "import unittest\nimport no_such.part\nfrom nor_this import x\n",
    }
    dataset = load(tmp_path, ROW, row)
    assert [problem.task_id for problem in dataset.problems()] == ["BigCodeBench/0"]
    assert dataset.skipped == {
        "BigCodeBench/1": "it needs no_such, nor_this, which are not installed"
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"entry_point": ""}, "'entry_point' must name"),
        ({"complete_prompt": None}, "'complete_prompt' must be text"),
        ({"test": 3}, "'test' must be text"),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, fault):
    with pytest.raises(DataError, match=f"line 2: {fault}"):
        load(tmp_path, ROW, ROW | {"task_id": "BigCodeBench/1"} | change)


def test_an_unknown_part_is_named(tmp_path):
    with pytest.raises(DataError, match="did you mean 'instruct'"):
        load(tmp_path, ROW, name="bigcodebench:instructs")
