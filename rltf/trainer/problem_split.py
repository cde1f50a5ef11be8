"""The split of a dataset into training problems and held-out problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rltf.common.seeds import shuffled_indices
from rltf.dataset import DataError, Dataset
from rltf.problem import Problem

HELD_OUT_SHARE = 0.1


@dataclass(frozen=True)
class Problems:
    """The problems of a run."""

    train: Sequence[Problem]
    held_out: Sequence[Problem]


def split_problems(dataset: Dataset, seed: int, held_out_limit: int | None) -> Problems:
    """Train on ``train`` and on problems without a split; hold out ``test``.

    If there is no ``test`` split, a seeded tenth of the problems is held out, at least one. With a
    limit, a seeded choice of the held-out problems is evaluated. Problems without tests are used
    for their reference programs alone. Raises :class:`DataError` where a side has no problems.
    """
    train = [problem for problem in dataset.problems() if problem.split in ("train", "")]
    held_out = [problem for problem in dataset.problems() if problem.split == "test"]
    if not held_out and train:
        count = max(1, round(HELD_OUT_SHARE * len(train)))
        chosen = set(shuffled_indices(len(train), 0, count, seed, "held out"))
        held_out = [problem for index, problem in enumerate(train) if index in chosen]
        train = [problem for index, problem in enumerate(train) if index not in chosen]
    if not any(problem.tests for problem in train) or not held_out:
        raise DataError(
            f"dataset {dataset.name} has {len(train)} problems to train on and {len(held_out)} to "
            "hold out; a run needs at least one of each, the first with tests"
        )
    if held_out_limit is not None and held_out_limit < len(held_out):
        chosen = set(shuffled_indices(len(held_out), 0, held_out_limit, seed, "evaluated"))
        held_out = [problem for index, problem in enumerate(held_out) if index in chosen]
    return Problems(train, held_out)
