from __future__ import annotations

import pytest

from rltf import Problem, TestCase, manager

CALL = TestCase.call([1], 2)
STDIN = TestCase.stdin("1\n", "2\n")


@pytest.mark.parametrize(
    ("tests", "starter", "expected"),
    [
        ([CALL], "", "\nQUESTION:\nAdd one.\nUse Call-Based format\nANSWER:\n"),
        ([STDIN], "", "\nQUESTION:\nAdd one.\nUse Standard Input format\nANSWER:\n"),
        (
            [CALL],
            "def f(x):",
            "\nQUESTION:\nAdd one.\ndef f(x):\nUse Call-Based format\nANSWER:\n",
        ),
    ],
)
def test_apps_is_what_rltf_gives_its_models(
    tests: list[TestCase], starter: str, expected: str
) -> None:
    problem = Problem("t", "Add one.", tests=tests, starter_code=starter)
    assert manager.get("prompt", "apps")(problem) == expected


SHOWN = [
    TestCase.call([2, "a"], (4, None), visible=True),
    TestCase.call([3], 6),
    TestCase.assertion("assert f(0) == 0", visible=True),
    TestCase.stdin("1 2\n", "3\n", visible=True),
]


@pytest.mark.parametrize("name", ["plain", "apps"])
def test_visible_tests_stand_between_the_task_and_the_starter_code(name: str) -> None:
    problem = Problem("t", "Add.", tests=SHOWN, starter_code="def f(x):", entry_point="f")
    text = manager.get("prompt", name)(problem)
    assert (
        "Add.\nassert f(2, 'a') == (4, None)\nassert f(0) == 0\nInput:\n1 2\nOutput:\n3\ndef f(x):\n"
    ) in text
    assert "f(3)" not in text


def test_plain_is_the_task_as_it_stands() -> None:
    plain = manager.get("prompt", "plain")
    assert plain(Problem("t", "Add one.")) == "Add one.\n"
    assert plain(Problem("t", "Add one.", starter_code="def f(x):")) == "Add one.\ndef f(x):\n"
