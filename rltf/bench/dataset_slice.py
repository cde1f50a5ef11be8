"""The part of a dataset that a benchmark is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rltf import manager
from rltf.common.did_you_mean import nearest
from rltf.dataset import Dataset
from rltf.errors import DataError
from rltf.problem import Problem


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


def take(name: str, path: str | None, split: str | None, limit: int | None) -> DatasetSlice:
    """Return the first ``limit`` problems of a split.

    Without a ``split``, take ``test`` if the dataset has one, else everything. Raises
    :class:`DataError` if the dataset cannot be read or no problem is left.
    """
    source: Dataset = manager.get("dataset", name, path=path)
    all_problems = source.problems()
    splits = list(dict.fromkeys(problem.split for problem in all_problems if problem.split))
    if split is None:
        split = "test" if "test" in splits else "all"
    elif split not in (*splits, "all"):
        known = ", ".join([*splits, "all"])
        hint = nearest(split, [*splits, "all"], repr)
        raise DataError(f"dataset {name} has no split {split!r} (there are {known}){hint}")
    chosen = [problem for problem in all_problems if split in ("all", problem.split)]
    problems = [problem for problem in chosen if problem.tests != ()]
    if not problems:
        raise DataError(f"dataset {name}: none of its {len(chosen)} problems has tests")
    without_tests = [problem.task_id for problem in chosen if problem.tests == ()]
    left_out = [*source.skipped, *without_tests]
    return DatasetSlice(name, source, split, problems[:limit], left_out)
