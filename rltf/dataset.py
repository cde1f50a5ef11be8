"""A dataset: problems in named splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from rltf.common.did_you_mean import nearest
from rltf.errors import DataError as DataError
from rltf.problem import Problem

Isolation = Literal["test", "program"]
"""``test``: a program starts anew for each test. ``program``: it is loaded once for all its tests,
so that a test sees what the tests before it have changed."""


class Dataset(Protocol):
    """What a dataset plugin's factory returns.

    It may also have an attribute ``isolation``, ``test`` or ``program``: how its own harness runs
    the tests of a program, and so how ``rltf score`` and ``rltf bench`` do. Without it: ``test``.
    """

    @property
    def name(self) -> str:
        """The dataset's name, for messages and results."""
        ...

    @property
    def id_prefix(self) -> str:
        """Prefix that task ids may carry in sample files, such as ``Mbpp/``; may be empty."""
        ...

    @property
    def skipped(self) -> Mapping[str, str]:
        """Task ids of problems that were left out, and why: those without tests, for one."""
        ...

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """Problems of one split (``train``, ``test``, …), or of all of them; always in one order."""
        ...


@dataclass(frozen=True)
class LoadedDataset:
    """A dataset whose problems are known from the start."""

    name: str
    id_prefix: str
    splits: Sequence[str]
    """Splits that the dataset has, those that were not read included."""
    all_problems: Sequence[Problem] = field(repr=False)
    skipped: Mapping[str, str] = field(default_factory=dict, repr=False)
    isolation: Isolation = "test"

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """Problems of one split, or all. Raises :class:`DataError` for a split it does not have."""
        if split is not None and split not in self.splits:
            known = ", ".join(self.splits)
            hint = nearest(split, self.splits, repr)
            raise DataError(f"dataset {self.name} has the splits {known}, not {split!r}{hint}")
        return [problem for problem in self.all_problems if split in (None, problem.split)]


def isolation_of(dataset: Dataset) -> Isolation:
    """How the tests of a program are run unless something else is asked for.

    Raises :class:`DataError` where the dataset names no isolation that there is.
    """
    isolation: Isolation = getattr(dataset, "isolation", "test")
    if isolation not in get_args(Isolation):
        raise DataError(
            f"dataset {dataset.name}: its isolation must be test or program, not {isolation!r:.40}"
        )
    return isolation
