"""Folders in the form of Exercism's Python track."""

import json
import os
from collections import Counter

import pytest

from rltf import manager
from rltf.dataset import DataError

REAL = os.environ.get("RLTF_EXERCISM", "")
TEST = """\
import unittest

from greeter import (
    greet,
)
from words import HELLO


class GreeterTest(unittest.TestCase):
    def test_greets(self):
        self.assertEqual(greet("Ada"), f"{HELLO}, Ada")
"""


def write(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.fixture
def exercises(tmp_path):
    """One exercise with a configuration, and one whose files tell what they are by their names."""
    write(
        tmp_path / "exercises" / "practice" / "greeting",
        {
            "greeter.py": "def greet(name):\n    pass\n",
            "greeter_test.py": TEST,
            "words.py": 'HELLO = "Hello"\n',
            ".docs/instructions.md": "# Instructions\n\nGreet.\n",
            ".docs/introduction.md": "# Introduction\n",
            ".meta/example.py": 'def greet(name):\n    return f"Hello, {name}"\n',
            ".meta/config.json": json.dumps(
                {"files": {"solution": ["greeter.py"], "test": ["greeter_test.py"]}}
            ),
        },
    )
    write(
        tmp_path / "exercises" / "concept" / "menu",
        {
            "sets.py": "from dishes import DISHES\n\n\ndef count():\n    pass\n",
            "sets_test.py": "from sets import count\nfrom secret import N\n\n\ndef test_count():\n    assert count() == N\n",
            "dishes.py": "DISHES = ['a', 'b']\n",
            "secret.py": "N = 2\n",
            ".meta/exemplar.py": "from dishes import DISHES\n\n\ndef count():\n    return len(DISHES)\n",
        },
    )
    return tmp_path


def test_exercises_are_judged_with_their_own_tests(exercises, sandbox):
    dataset = manager.get("dataset", "exercism", path=str(exercises))
    greeting, menu = dataset.problems("test")
    assert (greeting.task_id, menu.task_id) == ("greeting", "menu")
    assert greeting.prompt == "# Introduction\n\n# Instructions\n\nGreet."
    assert greeting.starter_code == "def greet(name):\n    pass\n"
    for problem in (greeting, menu):
        (reference,) = problem.solutions
        assert sandbox.judge(problem, reference).passed
        assert sandbox.judge(problem, problem.starter_code).status == "wrong_answer"


def test_a_module_of_the_program_is_a_file_of_its_folder_and_one_of_the_test_is_not(exercises):
    _, menu = manager.get("dataset", "exercism", path=str(exercises)).problems()
    assert set(menu.fixtures) == {"dishes.py"}
    assert "N = 2" in menu.tests[0].code


@pytest.mark.parametrize(("name", "ids"), [("practice", ["greeting"]), ("concept", ["menu"])])
def test_a_kind_of_exercises(exercises, name, ids):
    dataset = manager.get("dataset", f"exercism:{name}", path=str(exercises))
    assert [problem.task_id for problem in dataset.problems()] == ids


def test_one_exercise_is_a_dataset(exercises):
    folder = exercises / "exercises" / "concept" / "menu"
    (problem,) = manager.get("dataset", "exercism", path=str(folder)).problems()
    assert problem.task_id == "menu"


def test_what_is_wrong_is_said(exercises, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    config = exercises / "exercises" / "practice" / "greeting" / ".meta" / "config.json"
    with pytest.raises(DataError, match="this folder has no exercises"):
        manager.get("dataset", "exercism", path=str(empty))
    with pytest.raises(DataError, match="--data DIR"):
        manager.get("dataset", "exercism")
    with pytest.raises(DataError, match="did you mean 'practice'"):
        manager.get("dataset", "exercism:practise", path=str(exercises))
    config.write_text('{"files": {"test": "x"}}')
    with pytest.raises(DataError, match=r"config\.json: 'test' must be a list"):
        manager.get("dataset", "exercism", path=str(exercises))


@pytest.mark.skipif(not os.path.isdir(REAL), reason="RLTF_EXERCISM names no copy")
def test_the_real_exercises_can_be_read():
    problems = manager.get("dataset", "exercism", path=REAL).problems()
    assert Counter(problem.metadata["kind"] for problem in problems) == {
        "practice": 140,
        "concept": 21,
    }
    assert all(problem.solutions and problem.prompt for problem in problems)
