"""rltf.adapters.trl, called as TRL's source calls reward functions."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from rltf.adapters import trl
from rltf.errors import DataError

from .tiny_model import BROKEN, HEAD, RIGHT, TESTS, WRONG

COLUMNS = {"tests": TESTS, "entry_point": "f"}
RESULTS = {
    HEAD + RIGHT: (1.0, 0.0, 1.0),
    HEAD + WRONG: (-0.3, 0.0, -0.3),
    HEAD + BROKEN: (-0.6, -0.3, None),
}


def call(function: Any, completions: list[Any], **columns: Any) -> list[float | None]:
    prompts = ["# write f\n"] * len(completions)
    ids = [[0]] * len(completions)
    columns = columns or {name: [value] * len(completions) for name, value in COLUMNS.items()}
    result: list[float | None] = function(
        prompts=prompts,
        completions=completions,
        completion_ids=ids,
        trainer_state=object(),
        log_extra=lambda column, values: None,
        log_metric=lambda name, value: None,
        **columns,
    )
    return result


@pytest.mark.parametrize("name", ["coarse", "fine", "adaptive"])
def test_a_reward_survives_pickling_and_keeps_its_name(name: str) -> None:
    for function in (getattr(trl, name), trl.reward_function(name)):
        copy = pickle.loads(pickle.dumps(function))
        assert copy.__name__ == name
        index = ["coarse", "fine", "adaptive"].index(name)
        assert call(copy, [*RESULTS]) == [values[index] for values in RESULTS.values()]


def test_what_is_no_program_is_worth_nothing_or_unscored() -> None:
    message = {"role": "assistant", "content": f"Sure:\n```python\n{HEAD}{RIGHT}```\n"}
    parts = {"role": "assistant", "content": [{"type": "text", "text": HEAD + RIGHT}]}
    silent = {"role": "assistant", "content": None}
    assert call(trl.coarse, [[message], [parts], [silent], [], None, ""]) == [
        1.0, 1.0, -0.6, -0.6, None, -0.6,
    ]  # fmt: skip
    assert call(trl.coarse, []) == []


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"answer": ["4"]},
            "the row has no tests: its columns are answer; rltf reads problem, tests",
        ),
        ({"tests": ["[{"]}, "column 'tests': is no JSON: '\\[{'"),
        ({"tests": [TESTS, TESTS]}, "column 'tests' has 2 values for 1 completions"),
        ({"tests": [[{"args": [1]}]]}, "column 'tests': 'tests', number 1: a test must be"),
        ({"tests": [TESTS]}, "'entry_point' must name it"),
        ({"dataset": ["mini"], "task_id": ["9/9"]}, "dataset mini has no task '9/9'"),
    ],
)
def test_rows_that_cannot_be_judged_are_named(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        call(trl.coarse, [HEAD + RIGHT], **columns)


@pytest.mark.parametrize(
    ("completion", "message"),
    [
        (3, "a completion must be text or a list of messages"),
        (b"x = 1", "a completion must be text or a list of messages"),
        ([{"role": "assistant", "content": 3}], "the content of a message must be text or parts"),
        ([{"role": "assistant", "content": b"x"}], "the content of a message must be text"),
        ([{"role": "assistant", "content": [{"text": 3}]}], "the content of a message must be"),
    ],
)
def test_completions_that_are_no_text_are_named(completion: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call(trl.coarse, [completion])


def test_only_the_last_turn_of_a_conversation_counts() -> None:
    turns = [
        {"role": "assistant", "content": HEAD + WRONG},
        {"role": "user", "content": "That is wrong."},
        {"role": "assistant", "content": HEAD + RIGHT},
    ]
    assert call(trl.coarse, [turns, turns[:1]]) == [1.0, -0.3]
