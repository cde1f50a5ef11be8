"""``/openrlhf`` answers what OpenRLHF posts, with numbers that it can make tensors of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Running

TESTS = [{"assert": "assert f(3) == 9"}, {"assert": "assert f(1) == 1"}]
PROMPT = "<s>Write ```python\nf\n```, which squares."
ANSWERS = ["def f(x): return x * x", "```python\ndef f(x): return 1\n```", "def f(x): return y"]


def request(**changes: Any) -> dict[str, Any]:
    """What ``remote_rm_fn`` of OpenRLHF posts."""
    labels = [TESTS, json.dumps(TESTS), json.dumps({"tests": TESTS, "entry_point": "f"})]
    query = [PROMPT + answer for answer in ANSWERS]
    return {"query": query, "prompts": [PROMPT] * 3, "labels": labels} | changes


def test_rewards_are_numbers_and_scores_are_shares_of_tests(running: Running) -> None:
    answer = running.post("/openrlhf", request())
    assert answer.status == 200
    right, half, broken = answer.json["rewards"]
    assert right > half > broken
    assert answer.json["scores"] == [1.0, 0.5, 0.0]
    assert answer.json["extra_logs"]["passed"] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"labels": [TESTS]}, 422, "the same length"),
        ({"labels": [TESTS, TESTS, "x"]}, 422, "labels[2]: not JSON"),
        ({"labels": [TESTS, 7, TESTS]}, 422, "labels[1]: must be a problem"),
        ({"labels": [TESTS, TESTS, [{"x": 1}]]}, 422, "labels[2]: 'tests'"),
        ({"labels": [TESTS, [{"assert": "assert 1 == 1"}], TESTS]}, 500, "query[1] could not be"),
    ],
)
def test_what_has_no_reward_is_no_zero(
    running: Running, changes: dict[str, Any], status: int, reason: str
) -> None:
    answer = running.post("/openrlhf", request(**changes))
    assert answer.status == status
    assert reason in answer.json["detail"]
