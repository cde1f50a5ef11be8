"""The asyncio side of ``rltf.Sandbox``: verdicts can be awaited and cancelled."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rltf.problem import Problem
from rltf.sandbox.judging.worker import Worker
from rltf.verdict import Verdict

Item = tuple[Problem, str]
Items = Iterable[Item] | AsyncIterable[Item]


class Stop:
    """Cancels a verdict from any thread, before or while a worker judges it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._worker: Worker | None = None

    def ask(self) -> None:
        """Cancel the verdict. The worker is free soon after."""
        with self._lock:
            self._asked = True
            if self._worker is not None:
                self._worker.zygotes.interrupt()

    @contextmanager
    def on(self, worker: Worker) -> Iterator[None]:
        """Let :meth:`ask` interrupt ``worker`` while it judges the verdict.

        Raises:
            asyncio.CancelledError: The verdict was cancelled before.
        """
        with self._lock:
            if self._asked:
                raise asyncio.CancelledError
            self._worker = worker
        try:
            yield
        finally:
            with self._lock:
                self._worker = None
            worker.zygotes.recover()


async def judge_many(
    judge: Callable[[Problem, str], Awaitable[Verdict]],
    items: Items,
    ahead: int,
    as_completed: bool,
) -> AsyncIterator[Any]:
    """Judge items. At most ``ahead`` verdicts are under way or not yet taken.

    Items and verdicts do not wait for each other: a slow source holds no finished verdict back.

    Yields:
        Verdicts in order, or pairs of index and verdict as they end.
    """
    room = asyncio.Semaphore(ahead)
    ready: asyncio.Queue[tuple[int, asyncio.Future[Verdict]] | None] = asyncio.Queue()
    running: set[asyncio.Future[Verdict]] = set()

    def start(index: int, item: Item) -> None:
        task = asyncio.ensure_future(judge(*item))
        running.add(task)
        task.add_done_callback(running.discard)
        if as_completed:
            task.add_done_callback(lambda done: ready.put_nowait((index, done)))
        else:
            ready.put_nowait((index, task))

    async def feed() -> None:
        index = 0
        try:
            await room.acquire()
            async for item in _each(items):
                start(index, item)
                index += 1
                await room.acquire()
        finally:
            if as_completed:
                await asyncio.gather(*running, return_exceptions=True)
            ready.put_nowait(None)

    feeder = asyncio.ensure_future(feed())
    try:
        while (entry := await ready.get()) is not None:
            index, task = entry
            verdict = await task
            room.release()
            yield (index, verdict) if as_completed else verdict
        await feeder  # an error of the source is the caller's
    finally:
        unfinished: list[asyncio.Future[Any]] = [feeder, *running]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)


async def _each(items: Items) -> AsyncIterator[Item]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
        return
    for item in items:
        yield item
