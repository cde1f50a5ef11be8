"""ClassEval's form: classes to write, whole or one method at a time."""

import json
import os

import pytest

from rltf import manager
from rltf.dataset import DataError

REAL = os.environ.get("RLTF_CLASSEVAL", "")
SOLUTION = """\
class Box:
    unit = "cm"

    def __init__(self, side):
        self.side = side

    @staticmethod
    def name():
        return "box"

    def volume(self):
        return math.pow(self.side, 3)

    def save(self):
        pass
"""
WITH_FILES = SOLUTION.replace(
    "        pass\n",
    """\
        with open("box.txt", "w") as file:
            file.write(str(self.volume()))

    def load(self):
        with open("box.txt") as file:
            return float(file.read())
""",
)
TESTS_WITH_FILES = """\
import unittest


class BoxTestSave(unittest.TestCase):
    def test_save(self):
        Box(2).save()


class BoxTestVolume(unittest.TestCase):
    def test_load(self):
        self.assertEqual(Box(1).load(), 8)
"""
SKELETON = """\
import math

class Box:
    def __init__(self, side):
        self.side = side

    @staticmethod
    def name():
        \"\"\"Return box.\"\"\"

    def volume(self):
        \"\"\"Return the volume.\"\"\"

    def save(self):
        \"\"\"Write the volume.\"\"\"
"""
TEST = """\
import unittest

SIDE = 2


class BoxTestName(unittest.TestCase):
    def test_name_1(self):
        self.assertEqual(Box.name(), "box")


class BoxTestVolume(unittest.TestCase):
    def test_volume_1(self):
        self.assertEqual(Box(SIDE).volume(), 8)


class BoxTest(unittest.TestCase):
    def test_box(self):
        box = Box(SIDE)
        box.save()
        self.assertEqual(box.volume(), 8)
"""
METHODS = [
    {
        "method_name": "name",
        "method_description": 'def name():\n        """Return box."""',
        "test_class": "BoxTestName",
    },
    {
        "method_name": "volume",
        "method_description": 'def volume(self):\n        """Return the volume."""',
        "test_class": "BoxTestVolume",
    },
]
ROW = {
    "task_id": "ClassEval_0",
    "skeleton": SKELETON,
    "test": TEST,
    "solution_code": SOLUTION,
    "import_statement": ["import math"],
    "class_description": "A box.",
    "class_name": "Box",
    "methods_info": METHODS,
}


def load(tmp_path, *rows, name="classeval"):
    path = tmp_path / "data" / "ClassEval_data.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rows))
    return manager.get("dataset", name, path=str(tmp_path))


def test_a_class_has_a_test_for_each_class_of_tests(tmp_path, sandbox):
    (problem,) = load(tmp_path, ROW).problems("test")
    assert problem.starter_code == SKELETON
    assert problem.prompt == "Please complete the class Box in the following code."
    assert len(problem.tests) == 3
    assert all("SIDE = 2" in test.code for test in problem.tests)
    assert sandbox.judge(problem, problem.solutions[0]).passed
    wrong = SOLUTION.replace("math.pow(self.side, 3)", "0")
    verdict = sandbox.judge(problem, wrong)
    assert [outcome.status for outcome in verdict.tests] == [
        "passed", "wrong_answer", "wrong_answer",
    ]  # fmt: skip
    assert sandbox.judge(problem, SKELETON).status == "wrong_answer"


@pytest.mark.parametrize("name", ["classeval", "classeval:method"])
def test_tests_that_use_files_share_a_folder(name, tmp_path, sandbox):
    row = ROW | {"solution_code": WITH_FILES, "test": TESTS_WITH_FILES}
    (problem,) = load(tmp_path, row, name=name).problems()
    assert problem.files
    assert len(problem.tests) == 1
    assert sandbox.judge(problem, problem.solutions[0]).passed
    wrong = problem.solutions[0].replace("self.side, 3", "self.side, 2")
    assert sandbox.judge(problem, wrong).status == "wrong_answer"


def test_a_method_ends_its_class(tmp_path, sandbox):
    name, volume = load(tmp_path, ROW, name="classeval:method").problems()
    assert (name.task_id, volume.task_id) == ("ClassEval_0/name", "ClassEval_0/volume")
    assert name.starter_code.endswith(
        '    @staticmethod\n    def name():\n        """Return box."""\n'
    )
    assert "math.pow" in name.starter_code
    assert "math.pow" not in volume.starter_code
    for problem in (name, volume):
        assert len(problem.tests) == 1
        assert sandbox.judge(problem, problem.solutions[0]).passed
        assert sandbox.judge(problem, problem.starter_code).status == "wrong_answer"


def test_a_class_that_needs_a_missing_package_is_left_out(tmp_path):
    other = ROW | {"task_id": "ClassEval_1", "import_statement": ["import no_such_package"]}
    dataset = load(tmp_path, ROW, other)
    assert len(dataset.problems()) == 1
    assert dataset.skipped == {"ClassEval_1": "it needs no_such_package, which is not installed"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"class_name": None}, "'class_name' must be text"),
        ({"test": "import"}, "its code is not Python"),
        ({"test": "import unittest"}, "'test' has no class of unittest"),
        ({"methods_info": [3]}, "'methods_info', number 1: must be an object"),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, fault):
    with pytest.raises(DataError, match=fault):
        load(tmp_path, ROW, ROW | {"task_id": "ClassEval_1"} | change)


def test_an_unknown_level_is_named(tmp_path):
    with pytest.raises(DataError, match="did you mean 'method'"):
        load(tmp_path, ROW, name="classeval:methods")


@pytest.mark.skipif(not os.path.isdir(REAL), reason="RLTF_CLASSEVAL names no copy")
def test_the_real_classes_can_be_read():
    dataset = manager.get("dataset", "classeval", path=REAL)
    assert len(dataset.problems()) + len(dataset.skipped) == 100
    assert len(manager.get("dataset", "classeval:method", path=REAL).problems()) > 300
