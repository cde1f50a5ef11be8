"""A sequence that is read when it is first used, and read again if it was dropped from memory.

The tests of a large dataset are gigabytes; a run looks at those of a few problems at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar, overload

T = TypeVar("T", covariant=True)

_CACHED = 128
"""Number of sequences whose items stay in memory."""


class LazySequence(Sequence[T]):
    """The items that ``read`` returns, the same ones each time."""

    def __init__(self, read: Callable[[], tuple[T, ...]]) -> None:
        self.read = read

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        items: tuple[T, ...] = _items(self)
        return items[index]

    def __len__(self) -> int:
        return len(_items(self))


@lru_cache(maxsize=_CACHED)
def _items(sequence: LazySequence[Any]) -> tuple[Any, ...]:
    return sequence.read()
