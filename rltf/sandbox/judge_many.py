"""Judging many programs at a time: in order or as they end, and not far ahead."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, Protocol

from rltf.problem import Problem
from rltf.verdict import Verdict

Item = tuple[Problem, str]
_PER_THREAD = 16
"""Programs that a thread judges before another stream gets the thread."""


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


class ThreadStream:
    """The items to judge, the verdicts, and the threads that judge.

    A thread works for a stream as long as there is something to do, several programs at a time: a
    future for each program would cost as much as some programs take.
    """

    def __init__(
        self, judge: Callable[[Problem, str], Verdict], pool: Executor, threads: int
    ) -> None:
        self._judge = judge
        self._pool = pool
        self._threads = threads
        self._lock = threading.Lock()
        self._todo: deque[tuple[int, Item]] = deque()
        self._at_work = 0
        self._done: queue.SimpleQueue[tuple[int, Verdict | BaseException]] = queue.SimpleQueue()

    def put(self, index: int, item: Item) -> None:
        with self._lock:
            self._todo.append((index, item))
            if self._at_work == self._threads:
                return
            self._at_work += 1
        self._start_thread()

    def get(self) -> tuple[int, Verdict | BaseException]:
        return self._done.get()

    def give_up(self) -> None:
        self._todo.clear()

    def _start_thread(self) -> None:
        try:
            self._pool.submit(self._work).add_done_callback(self._thread_ended)
        except RuntimeError as closed:
            self._fail(closed)

    def _work(self) -> None:
        for _ in range(_PER_THREAD):
            with self._lock:
                try:
                    index, item = self._todo.popleft()
                except IndexError:
                    self._at_work -= 1
                    return
            try:
                self._done.put((index, self._judge(*item)))
            except BaseException as error:
                self._done.put((index, error))
        self._start_thread()

    def _thread_ended(self, work: Future[None]) -> None:
        if work.cancelled():
            self._fail(RuntimeError("the sandbox is closed"))

    def _fail(self, error: RuntimeError) -> None:
        with self._lock:
            self._at_work -= 1
            left = list(self._todo)
            self._todo.clear()
        for index, _ in left:
            self._done.put((index, error))
