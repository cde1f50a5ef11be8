"""The judging queue: calls of many threads and event loops share one executor.

    call of a thread ──┐                        ┌─► worker thread ─► executor.judge ─┐
    call of a thread ──┼─► known? ─ no ─► queue ─┼─► worker thread ─► executor.judge ─┼─► callers
    await in asyncio ──┘     └─ yes: its verdict └─► …                                ┘

Hosts such as verl ask for one sample at a time, from many places at once. The worker threads take
the next program as soon as they are free, so single calls keep an executor as busy as one large
batch does, and a slow program delays nobody but its own caller.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rltf.errors import PluginWarning
from rltf.scoring.pipeline import Job, VerdictMemory
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox

Deliver = Callable[[Verdict], None]


class JudgingQueue:
    """Judge programs for any number of callers at a time, each program once.

    A fault of the executor gives the verdict ``unscored``, and a warning.

    Args:
        executor: What judges; it is closed with the queue.
        threads: Programs that are judged at a time.
    """

    def __init__(self, executor: Sandbox, threads: int) -> None:
        self._executor = executor
        self._most_threads = threads
        self._threads = 0
        self._idle = 0
        self._closed = False
        self._changed = threading.Condition(threading.Lock())
        self._memory = VerdictMemory()
        self._todo: deque[tuple[Any, Job]] = deque()
        self._waiting: dict[Any, list[Deliver]] = {}
        """Program to those who wait for its verdict."""
        self._mailboxes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Mailbox] = (
            weakref.WeakKeyDictionary()
        )

    def judge(self, jobs: Sequence[Job]) -> list[Verdict]:
        """Return the verdicts of the jobs, in their order. Any number of threads may call it."""
        done: queue.SimpleQueue[tuple[int, Verdict]] = queue.SimpleQueue()
        for index, job in enumerate(jobs):
            self._submit(job, partial(_put, done, index))
        verdicts = dict(done.get() for _ in jobs)
        return [verdicts[index] for index in range(len(jobs))]

    async def judge_async(self, jobs: Sequence[Job]) -> list[Verdict]:
        """Do what :meth:`judge` does, for asyncio. Programs of a cancelled call are still judged."""
        loop = asyncio.get_running_loop()
        mailbox = self._mailboxes.get(loop)
        if mailbox is None:
            mailbox = self._mailboxes[loop] = _Mailbox(loop)
        futures: list[asyncio.Future[Verdict]] = [loop.create_future() for _ in jobs]
        for job, future in zip(jobs, futures, strict=True):
            self._submit(job, partial(mailbox.put, future))
        return [await future for future in futures]

    def close(self) -> None:
        """Close the executor; programs that wait become ``unscored``. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._executor.close()

    def _submit(self, job: Job, deliver: Deliver) -> None:
        with self._changed:
            program, is_new = self._memory.recall(job)
            verdict = program.verdict
            if verdict is None:
                self._waiting.setdefault(program, []).append(deliver)
                if is_new:
                    self._todo.append((program, job))
                    self._wake()
        if verdict is not None:
            deliver(verdict)

    def _wake(self) -> None:
        """Make sure that somebody takes the new program; called with the lock."""
        if self._idle:
            self._changed.notify()
        elif self._threads < self._most_threads:
            self._threads += 1
            threading.Thread(target=self._work, name="rltf-judging", daemon=True).start()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            program, job = taken
            verdict = self._judge(job)
            with self._changed:
                self._memory.learn(program, verdict)
                waiting = self._waiting.pop(program)
            for deliver in waiting:
                deliver(verdict)

    def _take(self) -> tuple[Any, Job] | None:
        """Wait for the next program; ``None`` once the queue is closed and empty."""
        with self._changed:
            while not self._todo:
                if self._closed:
                    self._threads -= 1
                    return None
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            return self._todo.popleft()

    def _judge(self, job: Job) -> Verdict:
        try:
            return self._executor.judge(job.problem, job.sample.program)
        except Exception as error:
            reason = f"the executor failed: {type(error).__name__}: {error}"
            if not self._closed:
                warnings.warn(f"samples are unscored: {reason}", PluginWarning, stacklevel=1)
            return Verdict.unscored(reason)


class _Mailbox:
    """Verdicts on their way to an event loop, which is woken once for all that are there."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._lock = threading.Lock()
        self._letters: list[tuple[asyncio.Future[Verdict], Verdict]] = []

    def put(self, future: asyncio.Future[Verdict], verdict: Verdict) -> None:
        """Give a future its verdict, from any thread."""
        with self._lock:
            self._letters.append((future, verdict))
            is_first = len(self._letters) == 1
        loop = self._loop()
        if is_first and loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self._empty)
            except RuntimeError:  # closed just now: nobody waits any more
                return

    def _empty(self) -> None:
        with self._lock:
            letters, self._letters = self._letters, []
        for future, verdict in letters:
            if not future.done():
                future.set_result(verdict)


def _put(done: queue.SimpleQueue[tuple[int, Verdict]], index: int, verdict: Verdict) -> None:
    done.put((index, verdict))
