"""An executor whose workers are in groups."""

from __future__ import annotations

import asyncio
import pickle
import queue
from concurrent.futures import Future
from typing import Any

from rltf.limits import Limits
from rltf.problem import Problem
from rltf.sandbox.executor import Executor
from rltf.sandbox.groups.dispatcher import Dispatcher
from rltf.sandbox.groups.group import Job
from rltf.sandbox.groups.messages import Verb
from rltf.sandbox.program_run import NO_FIXTURES, Fixtures, Observed, RunResult
from rltf.verdict import Verdict


class GroupedExecutor(Executor):
    """Judges on the groups of a dispatcher.

    Args:
        dispatcher: Gives the programs to its groups.
        workers: Of all groups.
        limits: Limits for problems that have none of their own.
    """

    def __init__(self, dispatcher: Dispatcher, workers: int, limits: Limits) -> None:
        self.workers = workers
        self.limits = limits
        self.dispatcher = dispatcher

    def open(self) -> tuple[str, ...]:
        """Start a first group, and return the layers; raise what it raised if it cannot start."""
        return self.dispatcher.open()

    @property
    def layers(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.dispatcher.layers

    def abandon(self) -> None:
        """Release the groups without ending them, in a fork of the process that owns them."""
        self.dispatcher.abandon()

    def judge(self, problem: Problem, program: str) -> Verdict:
        verdict: Verdict = self._call("judge", problem, program)
        return verdict

    def observe(self, problem: Problem, program: str) -> Observed:
        observed: Observed | Verdict = self._call("observe", problem, program)
        return Observed(observed) if isinstance(observed, Verdict) else observed

    def run(
        self,
        code: str,
        stdin: str = "",
        limits: Limits | None = None,
        *,
        files: bool = False,
        fixtures: Fixtures = NO_FIXTURES,
    ) -> RunResult:
        result: RunResult = self._call("run", None, _run(code, stdin, limits, files, fixtures))
        return result

    async def run_async(
        self,
        code: str,
        stdin: str = "",
        limits: Limits | None = None,
        *,
        files: bool = False,
        fixtures: Fixtures = NO_FIXTURES,
    ) -> RunResult:
        argument = _run(code, stdin, limits, files, fixtures)
        result: RunResult = await self._call_async("run", None, argument)
        return result

    async def judge_async(self, problem: Problem, program: str) -> Verdict:
        verdict: Verdict = await self._call_async("judge", problem, program)
        return verdict

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(pid for group in self.dispatcher.groups for pid in group.pids)

    def close(self) -> None:
        self.dispatcher.close()

    def _stream(self) -> _Stream:
        return _Stream(self.dispatcher)

    def _call(self, verb: Verb, problem: Problem | None, argument: Any) -> Any:
        future: Future[Any] = Future()
        self.dispatcher.submit(Job(verb, problem, argument, lambda result: _settle(future, result)))
        self.dispatcher.flush()
        return future.result()

    async def _call_async(self, verb: Verb, problem: Problem | None, argument: Any) -> Any:
        future: Future[Any] = Future()
        job = Job(verb, problem, argument, lambda result: _settle(future, result))
        self.dispatcher.submit(job)
        self.dispatcher.flush()
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            self.dispatcher.stop(job)
            raise


def _run(*arguments: Any) -> bytes:
    """Return the arguments of a run; the last are the fixtures, which may be a view."""
    return pickle.dumps((*arguments[:-1], dict(arguments[-1])))


def _settle(future: Future[Any], result: Any) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)


class _Stream:
    """The programs of one ``judge_many``."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._jobs: dict[int, Job] = {}
        self._done: queue.SimpleQueue[tuple[int, Verdict | BaseException]] = queue.SimpleQueue()

    def put(self, index: int, item: tuple[Problem, str]) -> None:
        done = self._done
        job = Job("judge", *item, lambda result: done.put((index, result)))
        self._jobs[index] = job
        self._dispatcher.submit(job)

    def get(self) -> tuple[int, Verdict | BaseException]:
        try:
            result = self._done.get_nowait()
        except queue.Empty:
            self._dispatcher.flush()  # before we sleep: nobody may add to the messages that wait
            result = self._done.get()
        del self._jobs[result[0]]
        return result

    def give_up(self) -> None:
        for job in list(self._jobs.values()):
            job.is_dropped = True
