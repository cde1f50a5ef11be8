"""The built-ins keep the contracts that third parties' plugins are held to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rltf import manager, testing
from rltf.verdict import STATUSES

SHOWN = {
    "humaneval": {
        "task_id": "HumanEval/0",
        "prompt": 'def half(x):\n    """Halve."""\n',
        "entry_point": "half",
        "canonical_solution": "    return x / 2\n",
        "test": "def check(candidate):\n    assert candidate(1) == 0.5\n",
    },
    "humanevalplus": {
        "task_id": "HumanEval/0",
        "prompt": 'def half(x):\n    """Halve."""\n',
        "entry_point": "half",
        "canonical_solution": "    return x / 2\n",
        "base_input": [[4]],
        "plus_input": [[1]],
        "contract": "",
        "atol": 0,
    },
    "mbpp": {
        "text": "Write a function to add.",
        "code": "def add(x, y):\n  return x + y",
        "task_id": 11,
        "test_setup_code": "",
        "test_list": ["assert add(1, 2) == 3"],
        "challenge_test_list": [],
    },
    "mbppplus": {
        "task_id": "Mbpp/900",
        "prompt": '"""\nDo it.\n"""\n',
        "entry_point": "f",
        "canonical_solution": "def f(x):\n    return x\n",
        "base_input": [[4]],
        "plus_input": [[1]],
        "contract": "",
        "assertion": "assert True",
        "atol": 0,
    },
    "livecodebench": {
        "question_title": "Sum",
        "question_content": "Add.",
        "platform": "atcoder",
        "question_id": "abc001_a",
        "contest_date": "2023-05-07T00:00:00",
        "starter_code": "",
        "difficulty": "easy",
        "metadata": "{}",
        "public_test_cases": '[{"input": "1 2", "output": "3", "testtype": "stdin"}]',
        "private_test_cases": "[]",
    },
    "bigcodebench": {
        "task_id": "BigCodeBench/0",
        "complete_prompt": 'def task_func(x):\n    """Return it."""\n',
        "instruct_prompt": "Return it.",
        "code_prompt": "def task_func(x):\n",
        "canonical_solution": "    return x\n",
        "test": "import unittest\n\nclass TestCases(unittest.TestCase):\n"
        "    def test_it(self):\n        self.assertEqual(task_func(1), 1)\n",
        "entry_point": "task_func",
        "libs": "[]",
    },
    "classeval": {
        "task_id": "ClassEval_0",
        "skeleton": "class Box:\n    def name(self):\n        pass\n",
        "test": "import unittest\n\nclass BoxTest(unittest.TestCase):\n"
        '    def test_it(self):\n        self.assertEqual(Box().name(), "box")\n',
        "solution_code": 'class Box:\n    def name(self):\n        return "box"\n',
        "import_statement": [],
        "class_description": "A box.",
        "class_name": "Box",
        "methods_info": [],
    },
    "cruxeval": {
        "id": "sample_0",
        "code": "def f(x):\n    return [x]",
        "input": "3",
        "output": "[3]",
    },
    "file": {
        "task_id": "twice",
        "prompt": "Return twice the number.",
        "entry_point": "f",
        "tests": [{"args": [2], "expected": 4}],
        "solutions": ["def f(x):\n    return 2 * x\n"],
    },
}
"""A row of each dataset that is read from a file of rows, in its own form."""
WITHOUT_DATA = {"mini", "mini-hard"}
MADE_HERE = ("tiny", "tiny-t5")
"""Policies that need no checkpoint and no endpoint."""


def names(kind: str) -> list[str]:
    return [
        row.name
        for row in manager.registered()
        if row.kind == kind and row.plugin.distribution == "rltf"
    ]


def write_apps(folder: Path) -> Path:
    problem = folder / "0000"
    problem.mkdir()
    (problem / "question.txt").write_text("Add.")
    (problem / "input_output.json").write_text('{"inputs": ["1 2"], "outputs": ["3"]}')
    (problem / "solutions.json").write_text('["print(sum(map(int, input().split())))"]')
    return folder


FOLDERS = {
    "exercism": {
        "two/two.py": "def two():\n    pass\n",
        "two/two_test.py": "from two import two\n\ndef test_two():\n    assert two() == 2\n",
        "two/.meta/example.py": "def two():\n    return 2\n",
        "two/.docs/instructions.md": "Return two.",
    },
    "kattis": {
        "add/problem.yaml": "name: Add\n",
        "add/data/secret/1.in": "1 2\n",
        "add/data/secret/1.ans": "3\n",
        "add/submissions/accepted/add.py": "print(sum(map(int, input().split())))\n",
    },
    "quixbugs": {
        "correct_python_programs/two.py": "def two():\n    return 2\n",
        "python_programs/two.py": "def two():\n    return 3\n",
        "python_testcases/test_two.py": "import pytest\n"
        "if pytest.use_correct:\n    from correct_python_programs.two import two\n"
        "else:\n    from python_programs.two import two\n\ndef test_two():\n    assert two() == 2\n",
    },
}
"""Files of each dataset that is a folder."""


def write_folder(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return folder


def data(name: str, folder: Path) -> dict[str, str]:
    """Options that a dataset needs, with files in its own form."""
    if name in WITHOUT_DATA:
        return {}
    if name == "apps":
        return {"path": str(write_apps(folder))}
    if name in FOLDERS:
        return {"path": str(write_folder(folder, FOLDERS[name]))}
    file = folder / "test.jsonl"
    file.write_text(json.dumps(SHOWN[name]) + "\n")
    return {"path": str(file)}


def test_there_are_samples_of_every_status() -> None:
    statuses = {judged.verdict.status for judged in testing.judged_samples()}
    assert statuses == {*STATUSES, "unscored"}


@pytest.mark.parametrize("kind", manager.HOOKS)
def test_every_kind_has_a_check(kind: str) -> None:
    assert f"check_{kind}" in testing.__all__


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (getattr(testing, f"check_{kind}"), name)
        for kind in ("reward", "classifier", "objective", "executor", "rule")
        for name in names(kind)
        if name not in ("critic", "coderl", "ray")  # which need a critic, below, or a package
    ],
)
def test_a_built_in_keeps_its_contract(check: Callable[..., None], name: str) -> None:
    check(name)


def test_what_uses_a_critic_keeps_its_contract(tmp_path: Path) -> None:
    from rltf.critic.model import Critic

    Critic.on(manager.get("policy", "tiny").load()).save(tmp_path / "critic", {})
    testing.check_reward("critic", critic=str(tmp_path / "critic"))
    testing.check_objective("coderl", critic=str(tmp_path / "critic"))


@pytest.mark.parametrize("name", names("dataset"))
def test_a_built_in_dataset_keeps_its_contract(name: str, tmp_path: Path) -> None:
    testing.check_dataset(name, **data(name, tmp_path))


@pytest.mark.parametrize("name", names("prompt"))
def test_a_built_in_prompt_keeps_its_contract(name: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {}
    if name == "google-3shot":
        rows = [{**SHOWN["mbpp"], "task_id": number} for number in (2, 3, 4, 11)]
        file = tmp_path / "mbpp.jsonl"
        file.write_text("\n".join(map(json.dumps, rows)))
        options = {"dataset": manager.get("dataset", "mbpp", path=str(file))}
    testing.check_prompt(name, **options)


@pytest.mark.parametrize("name", MADE_HERE)
def test_a_built_in_policy_keeps_its_contract(name: str) -> None:
    testing.check_policy(name)
