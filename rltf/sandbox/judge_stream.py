"""Many programs judged on a pool of threads: in order or as they end, never far ahead of who asks."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

from rltf.problem import Problem
from rltf.verdict import Verdict

Item = tuple[Problem, str]
_TURN = 16
"""Programs that a thread judges before it is another stream's turn."""


def judge_many(
    items: Iterable[Item],
    judge: Callable[[Problem, str], Verdict],
    pool: Executor,
    threads: int,
    ahead: int,
    as_completed: bool,
) -> Iterator[Any]:
    """Judges items, at most ``ahead`` of them at a time that nobody has taken the verdict of.

    Yields:
        Verdicts in order, or pairs of index and verdict as they end.
    """
    stream = _Stream(judge, pool, threads)
    numbered = enumerate(items)
    early: dict[int, Verdict | BaseException] = {}
    taken = 0  # of the items; `given` of the verdicts
    given = 0

    def refill() -> None:
        nonlocal taken
        while taken - given < ahead:
            item = next(numbered, None)
            if item is None:
                return
            stream.put(*item)
            taken += 1

    try:
        refill()
        while given < taken:
            if as_completed:
                index, found = stream.get()
            else:
                while given not in early:
                    early.update([stream.get()])
                index, found = given, early.pop(given)
            if isinstance(found, BaseException):
                raise found
            given += 1
            yield (index, found) if as_completed else found
            refill()
    finally:
        stream.give_up()


class _Stream:
    """What is to be judged and what has been, and the threads that do it.

    A thread works for a stream as long as there is something to do, a turn at a time: a future for every
    program would cost as much as some programs take.
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
        """Adds one to what is to be judged."""
        with self._lock:
            self._todo.append((index, item))
            if self._at_work == self._threads:
                return
            self._at_work += 1
        self._begin_turn()

    def get(self) -> tuple[int, Verdict | BaseException]:
        """Waits for the next that has been judged, or what judging it has raised."""
        return self._done.get()

    def give_up(self) -> None:
        """What nobody has begun to judge is not judged.

        Without the lock, which the thread may hold that collects a generator as garbage.
        """
        self._todo.clear()

    def _begin_turn(self) -> None:
        try:
            self._pool.submit(self._turn).add_done_callback(self._end_turn)
        except RuntimeError as closed:
            self._fail(closed)

    def _turn(self) -> None:
        for _ in range(_TURN):
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
        self._begin_turn()

    def _end_turn(self, turn: Future[None]) -> None:
        if turn.cancelled():
            self._fail(RuntimeError("the sandbox is closed"))

    def _fail(self, error: RuntimeError) -> None:
        with self._lock:
            self._at_work -= 1
            left = list(self._todo)
            self._todo.clear()
        for index, _ in left:
            self._done.put((index, error))
