"""The part of a dataset that a benchmark is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rltf import manager
from rltf.bench.data_origin import Window, origin
from rltf.common.did_you_mean import nearest
from rltf.dataset import Dataset
from rltf.errors import DataError
from rltf.problem import Problem
from rltf.samples.sample_file import sampled_splits


@dataclass(frozen=True)
class DatasetSlice:
    """Problems with tests, of one split."""

    dataset: str
    """The name that its plugin registers."""
    source: Dataset
    split: str
    """``all``: every split."""
    problems: Sequence[Problem]
    without_tests: Sequence[str]
    """Ids of the problems that were left out because they have no tests."""
    origin: Mapping[str, Any]
    """Where the data come from (:func:`rltf.bench.data_origin.origin`)."""


def take(
    name: str,
    path: str | None,
    split: str | None,
    limit: int | None,
    window: Window | None = None,
) -> DatasetSlice:
    """Return the first ``limit`` problems of a split that were published in a window.

    Without a ``split``, take ``test`` if the dataset has one, else everything. Raises
    :class:`DataError` if the dataset cannot be read or no problem is left.
    """
    source: Dataset = manager.get("dataset", name, path=path)
    window = window or Window()
    all_problems = source.problems()
    splits = list(dict.fromkeys(problem.split for problem in all_problems if problem.split))
    if split is None:
        split = "test" if "test" in splits else "all"
    elif split not in (*splits, "all"):
        known = ", ".join([*splits, "all"])
        hint = nearest(split, [*splits, "all"], repr)
        raise DataError(f"dataset {name} has no split {split!r} (there are {known}){hint}")
    chosen = [problem for problem in all_problems if split in ("all", problem.split)]
    if window and not (chosen := [problem for problem in chosen if problem in window]):
        raise DataError(f"dataset {name}: no problem was published in this window")
    return _slice(name, source, split, chosen, path, limit, window)


def sampled_slice(
    name: str, source: Dataset, path: str | None, samples: Mapping[str, int]
) -> DatasetSlice:
    """Return the problems of all splits in which a problem has samples.

    Args:
        name: The name that the dataset's plugin registers.
        source: The dataset.
        path: The file or folder that it was read from, as the user named it.
        samples: The number of samples of each task id.
    """
    chosen = sampled_splits(source, samples)
    splits = {problem.split for problem in chosen}
    is_whole = (
        len(chosen) == len(source.problems()) and "test" not in splits
    )  # as ``take`` names it
    split = splits.pop() if len(splits) == 1 and not is_whole else "all"
    return _slice(name, source, split or "all", chosen, path, None, Window())


def _slice(
    name: str,
    source: Dataset,
    split: str,
    chosen: Sequence[Problem],
    path: str | None,
    limit: int | None,
    window: Window,
) -> DatasetSlice:
    problems = [problem for problem in chosen if problem.tests != ()]
    if not problems:
        raise DataError(f"dataset {name}: none of its {len(chosen)} problems has tests")
    without_tests = [problem.task_id for problem in chosen if problem.tests == ()]
    left_out = [*source.skipped, *without_tests]
    problems = problems[:limit]
    return DatasetSlice(name, source, split, problems, left_out, origin(path, problems, window))
