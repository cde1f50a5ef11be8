"""The split of a dataset into training problems and held-out problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rltf.common.did_you_mean import nearest
from rltf.common.seeds import shuffled_indices
from rltf.dataset import DataError, Dataset
from rltf.problem import Problem

HELD_OUT_SHARE = 0.1
"""Of the training problems, if the dataset has no split to hold out."""
HELD_OUT_SHARE_OF_TEST = 0.25
"""Of the test problems, if the dataset has no others: a benchmark such as HumanEval."""


@dataclass(frozen=True)
class Problems:
    """The problems of a run."""

    train: Sequence[Problem]
    held_out: Sequence[Problem]
    note: str = ""
    """What a user must know about the split."""
    dataset: Dataset | None = None
    """Where they are from."""


def split_problems(
    dataset: Dataset, seed: int, held_out_limit: int | None, held_out_split: str | None = None
) -> Problems:
    """Train on ``train`` and on problems without a split; hold out ``test``, or the split asked for.

    If there is no such split, a seeded part of the problems is held out, at least one: of the
    training problems or, where a dataset has test problems alone, of those. With a limit, a seeded
    choice of the held-out problems is evaluated. Problems without tests are used for their
    reference programs alone. Raises :class:`DataError` where a side has no problems.
    """
    problems = dataset.problems()
    wanted = held_out_split or "test"
    held_out = [each for each in problems if each.split == wanted]
    if held_out_split and not held_out:
        splits = sorted({each.split for each in problems if each.split})
        hint = nearest(held_out_split, splits, repr)
        raise DataError(
            f"dataset {dataset.name} has no problems of split {held_out_split!r} to hold out, but of "
            f"{', '.join(splits) or 'none'}{hint}"
        )
    train = [each for each in problems if each.split in {"train", ""} - {wanted}]
    note = ""
    if held_out and not train:
        train, held_out = _parted(held_out, HELD_OUT_SHARE_OF_TEST, seed)
        note = (
            f"dataset {dataset.name} has no problems for training: {len(train)} of its test problems "
            f"are trained on, {len(held_out)} are held out; compare the results with no others"
        )
    elif not held_out and train:
        train, held_out = _parted(train, HELD_OUT_SHARE, seed)
    if not any(problem.tests for problem in train) or not held_out:
        raise DataError(
            f"dataset {dataset.name} has {len(train)} problems to train on and {len(held_out)} to "
            "hold out; a run needs at least one of each, the first with tests"
        )
    if held_out_limit is not None and held_out_limit < len(held_out):
        chosen = set(shuffled_indices(len(held_out), 0, held_out_limit, seed, "evaluated"))
        held_out = [problem for index, problem in enumerate(held_out) if index in chosen]
    return Problems(train, held_out, note, dataset)


def _parted(
    problems: Sequence[Problem], share: float, seed: int
) -> tuple[list[Problem], list[Problem]]:
    """Return the problems without a seeded share, and that share, at least one problem."""
    count = max(1, round(share * len(problems)))
    chosen = set(shuffled_indices(len(problems), 0, count, seed, "held out"))
    kept = [problem for index, problem in enumerate(problems) if index not in chosen]
    return kept, [problem for index, problem in enumerate(problems) if index in chosen]
