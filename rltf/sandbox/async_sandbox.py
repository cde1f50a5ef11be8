"""The asyncio side of ``rltf.Sandbox``: verdicts can be awaited and cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from rltf.problem import Problem
from rltf.sandbox.backend import Backend, Job, Verb
from rltf.verdict import Verdict

Item = tuple[Problem, str]
Items = Iterable[Item] | AsyncIterable[Item]


class _Result(asyncio.Future[Any]):
    """The result of a job, which ends as soon as nobody waits for it.

    A task that is cancelled cancels what it waits for at once, but runs only at the loop's next
    turn. A sandbox that is closed in between would wait for the program.
    """

    stop: Callable[[], None] | None = None

    def cancel(self, msg: Any | None = None) -> bool:
        is_cancelled = super().cancel(msg)
        if is_cancelled and self.stop is not None:
            self.stop()
        return is_cancelled


async def call(backend: Backend, verb: Verb, problem: Problem | None, argument: Any) -> Any:
    """Await a job. Cancelling the task ends the job."""
    loop = asyncio.get_running_loop()
    future = _Result(loop=loop)

    def done(result: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits
            loop.call_soon_threadsafe(_settle, future, result)

    job = Job(verb, problem, argument, done)
    backend.submit(job)
    backend.flush()
    future.stop = partial(backend.stop, job)
    try:
        return await future
    finally:
        future.stop = None  # or the job and its result would refer to each other


def _settle(future: asyncio.Future[Any], result: Any) -> None:
    if future.done():
        return  # it was cancelled
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)


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
