"""Judging many programs at a time: in order or as they end, and not far ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from rltf.problem import Problem
from rltf.verdict import Verdict

Item = tuple[Problem, str]


class Stream(Protocol):
    """Where items are judged."""

    def put(self, index: int, item: Item) -> None:
        """Add an item."""

    def get(self) -> tuple[int, Verdict | BaseException]:
        """Wait for the next index and verdict, or exception."""

    def give_up(self) -> None:
        """Drop the items that nobody has begun to judge. The collector may call it, so no locks."""


def judge_many(
    items: Iterable[Item], stream: Stream, ahead: int, as_completed: bool
) -> Iterator[Any]:
    """Judge items. At most ``ahead`` verdicts are under way or not yet taken.

    Yields:
        Verdicts in order, or pairs of index and verdict as they end.
    """
    numbered = enumerate(items)
    early: dict[int, Verdict | BaseException] = {}
    taken = 0  # items
    yielded = 0  # verdicts

    def refill() -> None:
        nonlocal taken
        while taken - yielded < ahead:
            item = next(numbered, None)
            if item is None:
                return
            stream.put(*item)
            taken += 1

    try:
        refill()
        while yielded < taken:
            if as_completed:
                index, verdict = stream.get()
            else:
                while yielded not in early:
                    early.update([stream.get()])
                index, verdict = yielded, early.pop(yielded)
            if isinstance(verdict, BaseException):
                raise verdict
            yielded += 1
            yield (index, verdict) if as_completed else verdict
            refill()
    finally:
        stream.give_up()
