"""A dataset: problems in named splits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rltf.problem import Problem


class DataError(ValueError):
    """A dataset cannot be read; the message says what, where and what to do."""


class Dataset(Protocol):
    """What a dataset plugin's factory returns."""

    name: str
    id_prefix: str
    """Prefix that task ids may carry in sample files, such as ``Mbpp/``; may be empty."""

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """Problems of one split (``train``, ``test``, …), or of all of them; always in one order."""
        ...
