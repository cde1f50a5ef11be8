"""A dataset: problems in named splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from rltf.common.did_you_mean import nearest
from rltf.common.options import Option
from rltf.errors import DataError as DataError
from rltf.problem import Problem

Isolation = Literal["test", "program"]
"""``test``: a fresh process for every test. ``program``: one process for all tests of a program, so
that a test sees what earlier tests changed."""


class Dataset(Protocol):
    """The interface of a dataset: what a dataset plugin's factory returns.

    A dataset may also have an attribute ``isolation``: ``test`` (the default) or ``program``, as its
    own harness runs tests. ``rltf score`` and ``rltf bench`` follow it. It may have an attribute
    ``prompt``: the name of the prompt format that shows its problems best to a model without a chat
    template; ``task`` is the default.
    """

    @property
    def name(self) -> str:
        """The dataset's name, for messages and results."""
        ...

    @property
    def id_prefix(self) -> str:
        """The prefix that sample files may put before task ids, such as ``Mbpp/``; may be empty."""
        ...

    @property
    def skipped(self) -> Mapping[str, str]:
        """Task id to reason, for problems that were left out, such as those without tests."""
        ...

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """Return the problems of one split (``train``, ``test``, …) or of all, always in the same order."""
        ...


@dataclass(frozen=True)
class LoadedDataset:
    """A dataset whose problems are in memory."""

    name: str
    id_prefix: str
    splits: Sequence[str]
    """All splits of the dataset, including those that were not read."""
    all_problems: Sequence[Problem] = field(repr=False)
    skipped: Mapping[str, str] = field(default_factory=dict, repr=False)
    isolation: Isolation = "test"
    prompt: str = "task"

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """Return the problems of one split, or all; raise :class:`DataError` for an unknown split."""
        if split is not None and split not in self.splits:
            known = ", ".join(self.splits)
            hint = nearest(split, self.splits, repr)
            raise DataError(f"dataset {self.name} has the splits {known}, not {split!r}{hint}")
        return [problem for problem in self.all_problems if split in (None, problem.split)]


def isolation_of(dataset: Dataset) -> Isolation:
    """Return a dataset's default isolation.

    Raises :class:`DataError` if the dataset names an isolation that does not exist.
    """
    isolation: Isolation = getattr(dataset, "isolation", "test")
    option = Option.read(Isolation)
    if complaint := option.complaint(f"dataset {dataset.name}: its isolation", isolation):
        raise DataError(complaint)
    return isolation


def prompt_of(dataset: Dataset | None) -> str:
    """Return the name of a dataset's own prompt format; ``None``: the RLTF paper's, for APPS."""
    name: str = "apps" if dataset is None else getattr(dataset, "prompt", "task")
    return name
