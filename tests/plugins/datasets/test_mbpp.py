"""MBPP: both files, its splits, and its own reference programs."""

import json
from pathlib import Path

import pytest

from rltf import TestCase, manager
from rltf.dataset import DataError
from rltf.plugins.datasets.mbpp import entry_point

REAL = Path(__file__).parents[4] / "shared" / "data" / "mbpp.jsonl"

FULL = {
    "text": "Write a function to add.",
    "code": "def add(a, b):\r\n\treturn a + b",
    "task_id": 11,
    "test_setup_code": "",
    "test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"],
    "challenge_test_list": ["assert add(-1, 1) == 0"],
}
SANITIZED = {
    "source_file": "some.ipynb",
    "task_id": 12,
    "prompt": "Write a function to take roots.",
    "code": "import math\ndef root(x):\n  return math.sqrt(x)",
    "test_imports": ["import math"],
    "test_list": ["assert math.isclose(root(4), 2)"],
}


def load(tmp_path, text):
    path = tmp_path / "data"
    path.write_text(text)
    return manager.get("dataset", "mbpp", path=str(path))


def test_the_full_form(tmp_path):
    (problem,) = load(tmp_path, json.dumps(FULL)).problems()
    assert (problem.task_id, problem.prompt) == ("11", "Write a function to add.")
    assert problem.tests == tuple(map(TestCase.assertion, FULL["test_list"]))
    assert (problem.entry_point, problem.split, problem.setup_code) == ("add", "test", "")
    assert problem.solutions == (FULL["code"],)
    assert problem.metadata["challenge_test_list"] == ("assert add(-1, 1) == 0",)


def test_the_sanitized_form(tmp_path, sandbox):
    (problem,) = load(tmp_path, json.dumps([SANITIZED], indent=1)).problems()
    assert (problem.prompt, problem.entry_point) == (SANITIZED["prompt"], "root")
    assert problem.setup_code == "import math"
    assert sandbox.judge(problem, problem.solutions[0]).passed
    assert not sandbox.judge(problem, "def root(x): return x").passed


def test_splits_go_by_task_id(tmp_path):
    ids = (1, 10, 11, 510, 511, 600, 601, 974)
    dataset = load(tmp_path, "\n".join(json.dumps(FULL | {"task_id": id}) for id in ids))
    splits = {name: [p.task_id for p in dataset.problems(name)] for name in dataset.splits}
    assert splits == {
        "train": ["601", "974"],
        "test": ["11", "510"],
        "validation": ["511", "600"],
        "prompt": ["1", "10"],
    }
    with pytest.raises(DataError, match="has the splits train, test, validation, prompt, not 'x'"):
        dataset.problems("x")


@pytest.mark.parametrize(
    ("code", "tests", "name"),
    [
        ("def f(x): pass\ndef g(x): pass", ["assert g(1)", "assert set(g(2)) == {1}"], "g"),
        ("class Pair: pass\ndef f(x): pass", ["assert f([Pair()]) == 1"], "f"),
        ("def f(x): pass\ndef g(x): pass", ["assert f(g(1))", "assert f(2) == g(3)"], None),
        ("def f(x): pass\ndef g(x): pass", ["assert f(1)", "assert g(1)"], None),
        ("def f(x): pass", ["assert h(1)"], None),
        ("def f(x) pass", ["assert f(1)"], None),
        ("def f(x): pass", [], None),
    ],
)
def test_the_entry_point_is_what_every_test_calls(code, tests, name):
    assert entry_point(tests, code) == name


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"task_id": 975}, "'task_id' must be at most 974, not 975"),
        ({"task_id": "x"}, "'task_id' must be a number of MBPP, not 'x'"),
        ({"test_list": "assert"}, "'test_list' must be a list"),
        ({"code": None}, "'code' must be text"),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, fault):
    with pytest.raises(DataError) as caught:
        load(tmp_path, json.dumps(FULL) + "\n" + json.dumps(FULL | change))
    assert str(caught.value).startswith(f"{tmp_path / 'data'}, line 2: {fault}")


def test_it_is_full_or_sanitized():
    with pytest.raises(DataError, match=r"dataset mbpp is full or sanitized .*, not 'sane'"):
        manager.get("dataset", "mbpp:sane")


def test_every_real_reference_passes_with_its_entry_point(sandbox):
    if not REAL.is_file():
        pytest.skip("shared/data/mbpp.jsonl is not there")
    problems = manager.get("dataset", "mbpp", path=str(REAL)).problems()
    assert len(problems) == 974
    assert [problem.task_id for problem in problems if problem.entry_point is None] == []
    verdicts = list(sandbox.judge_many((p, p.solutions[0]) for p in problems))
    failed = [p.task_id for p, v in zip(problems, verdicts, strict=True) if not v.passed]
    assert failed == []
    assert {verdict.judging for verdict in verdicts} == {"split"}
