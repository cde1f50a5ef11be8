"""A dataset: problems in named splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rltf.nearest import nearest
from rltf.problem import Problem


class DataError(ValueError):
    """A dataset cannot be read; the message says what, where and what to do."""


class Dataset(Protocol):
    """What a dataset plugin's factory returns."""

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

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """Problems of one split, or all. Raises :class:`DataError` for a split it does not have."""
        if split is not None and split not in self.splits:
            known = ", ".join(self.splits)
            hint = nearest(split, self.splits, repr)
            raise DataError(f"dataset {self.name} has the splits {known}, not {split!r}{hint}")
        return [problem for problem in self.all_problems if split in (None, problem.split)]
