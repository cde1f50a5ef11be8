from __future__ import annotations

from collections.abc import Sequence

import pytest

from rltf import Problem, TestCase
from rltf.dataset import DataError
from rltf.trainer.problem_split import split_problems

TEST = TestCase.call([1], 2)


class Listed:
    name = "listed"
    id_prefix = ""

    def __init__(self, *splits: str, tests: Sequence[TestCase] = (TEST,)) -> None:
        self._problems = [
            Problem(str(index), "p", tests=tests, split=split) for index, split in enumerate(splits)
        ]

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        return [p for p in self._problems if split in (None, p.split)]


def ids(problems: Sequence[Problem]) -> list[str]:
    return [problem.task_id for problem in problems]


def test_the_test_split_is_held_out_and_other_splits_are_left_alone() -> None:
    split = split_problems(Listed("train", "test", "validation", "", "test"), 0, None)
    assert ids(split.train) == ["0", "3"]
    assert ids(split.held_out) == ["1", "4"]


@pytest.mark.parametrize(("count", "held_out"), [(2, 1), (10, 1), (30, 3)])
def test_without_a_test_split_a_seeded_tenth_is_held_out(count: int, held_out: int) -> None:
    split = split_problems(Listed(*[""] * count), 0, None)
    assert len(split.held_out) == held_out
    assert sorted(ids(split.train) + ids(split.held_out)) == sorted(map(str, range(count)))
    again = split_problems(Listed(*[""] * count), 0, None)
    assert ids(again.held_out) == ids(split.held_out)


def test_a_limit_evaluates_a_seeded_choice() -> None:
    listed = Listed("train", *["test"] * 20)
    chosen = [ids(split_problems(listed, seed, 5).held_out) for seed in (0, 0, 1)]
    assert len(chosen[0]) == 5
    assert chosen[0] == chosen[1] != chosen[2]


@pytest.mark.parametrize(
    "listed", [Listed(), Listed(""), Listed("test"), Listed("", "", "", tests=())]
)
def test_too_little_to_train_on_is_an_error(listed: Listed) -> None:
    with pytest.raises(DataError, match="dataset listed has"):
        split_problems(listed, 0, None)


def test_another_split_can_be_held_out() -> None:
    listed = Listed("train", "test", "validation", "validation")
    split = split_problems(listed, 0, None, "validation")
    assert (ids(split.train), ids(split.held_out)) == (["0"], ["2", "3"])
    with pytest.raises(
        DataError, match=r"no problems of split 'valid' .* did you mean 'validation'"
    ):
        split_problems(listed, 0, None, "valid")


def test_a_benchmark_without_training_problems_is_parted_and_says_so() -> None:
    split = split_problems(Listed(*["test"] * 8), 0, None)
    assert (len(split.train), len(split.held_out)) == (6, 2)
    assert "6 of its test problems are trained on, 2 are held out" in split.note
