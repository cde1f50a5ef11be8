"""``rltf.Sandbox``: a pool of workers, and what it can do with programs."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload

from rltf.common.options import PositiveInt, check_arguments
from rltf.dataset import Isolation
from rltf.limits import Limits
from rltf.problem import Problem, Rule
from rltf.sandbox import judge_many, program_run
from rltf.sandbox.client import cpu_cores
from rltf.sandbox.client.isolation_layers import check_names
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.client.zygote_set import ZygoteSet
from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.judging.outcomes import ChildReport
from rltf.sandbox.judging.worker import Worker
from rltf.sandbox.program_run import RunResult
from rltf.verdict import JudgingChoice, Verdict

if TYPE_CHECKING:
    from rltf.sandbox.async_sandbox import Items

T = TypeVar("T")
WhileOn = Callable[[Worker], AbstractContextManager[object]]
"""Makes the context in which a worker is used."""
Fixtures = Mapping[str, str | bytes]
_NO_FIXTURES: Fixtures = MappingProxyType({})
_AHEAD = 4
"""Programs in flight per worker: enough to keep it busy, and few enough to bound memory."""


@dataclass(frozen=True)
class Observed:
    """A verdict, and the whole output or value of the last test, if that test is data."""

    verdict: Verdict
    stdout: bytes | None = None
    """``None`` where the last test was code."""
    value: bytes | None = None
    """What a call returned, encoded by ``rltf.sandbox.guest.shared.values``. It may be forged."""


class Sandbox:
    """Runs programs in isolation, and judges them.

    Safe to use from several threads. A sandbox that is never closed, or whose process forks or
    dies, leaves no process behind.

    Args:
        workers: Programs judged at one time; ``None``: one for each core this process may use.
        isolation: ``test``: a fresh fork for every test; ``program``: one for all tests of a
        program.
        limits: Limits for problems that have none of their own.
        require_layers: Names of layers without which it does not start.
        stop_on_failure: Do not run tests after the first that fails (``Verdict.not_run``).
        judging: ``auto``: test code runs in a process of its own, or in the program's where it has
        to; ``split``: a test that has to is unscored; ``guarded``: all of it runs in the program's.

    Raises:
        SandboxError: This machine cannot run it, or lacks a required layer; the message says why.
        ValueError: An argument has none of the values above.
    """

    def __init__(
        self,
        workers: PositiveInt | None = None,
        isolation: Isolation = "test",
        limits: Limits | None = None,
        require_layers: Sequence[str] = (),
        stop_on_failure: bool = False,
        judging: JudgingChoice = "auto",
    ) -> None:
        options = {"workers": workers, "isolation": isolation, "judging": judging}
        check_arguments(Sandbox, options, "Sandbox", ValueError)
        self.workers = workers or cpu_cores.available()
        self.isolation: Isolation = isolation
        self.limits = limits or Limits()
        if require_layers:
            check_names(require_layers)
        self._require_layers = tuple(require_layers)
        self.stop_on_failure = stop_on_failure
        self.judging: JudgingChoice = judging
        self._rules: dict[str, Rule] = {}
        self._open()
        self.layers = self._workers[0].zygotes.start(self.limits)
        """The protections in force, such as ``seccomp`` and ``landlock``."""
        _sandboxes.add(self)

    def _open(self) -> None:
        self._closed = False
        self._workers = [
            Worker(
                self.isolation, ZygoteSet(self._require_layers), self.stop_on_failure, self.judging
            )
            for _ in range(self.workers)
        ]
        self._idle = self._workers[::-1]  # the last to return is used first: it is warm
        self._returned = threading.Condition()
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._finalizer = weakref.finalize(self, _close_all, self._workers)

    # ------------------------------------------------------------------------------- the verbs

    def judge(self, problem: Problem, program: str) -> Verdict:
        """Run a program against all tests of a problem."""
        return self._judge(problem, program, contextlib.nullcontext)

    def _judge(self, problem: Problem, program: str, while_on: WhileOn) -> Verdict:
        if not problem.tests:
            return Verdict.unscored("the problem has no tests", layers=self.layers)
        rule = self._rule(problem.rule)
        with self._worker() as worker, while_on(worker):
            return worker.judge(problem, program, rule, problem.limits or self.limits)

    def observe(self, problem: Problem, program: str) -> Observed:
        """Judge a program and keep what the last test left, to explain a failure."""
        results: list[ChildResult] = []
        rule = self._rule(problem.rule)
        with self._worker() as worker:
            limits = problem.limits or self.limits
            verdict = worker.judge(problem, program, rule, limits, on_result=results.append)
        if not results or problem.tests[-1].kind == "assert":
            return Observed(verdict)
        frame = ChildReport.parse(results[-1].report).only()
        value = frame[1] if frame and frame[0] == frames.VALUE else None
        return Observed(verdict, results[-1].stdout, value)

    @overload
    def judge_many(
        self, items: Iterable[tuple[Problem, str]], as_completed: Literal[False] = False
    ) -> Iterator[Verdict]: ...
    @overload
    def judge_many(
        self, items: Iterable[tuple[Problem, str]], as_completed: Literal[True]
    ) -> Iterator[tuple[int, Verdict]]: ...
    def judge_many(
        self, items: Iterable[tuple[Problem, str]], as_completed: bool = False
    ) -> Iterator[Any]:
        """Judge many programs on all workers.

        Takes from ``items`` only what it needs to keep the workers busy.

        Yields: The verdicts in the order of ``items``; with ``as_completed``, pairs of index and
            verdict as they end.
        """
        return judge_many.judge_many(
            items, self.judge, self._executor(), self.workers, _AHEAD * self.workers, as_completed
        )

    async def judge_async(self, problem: Problem, program: str) -> Verdict:
        """``judge`` for asyncio. Cancelling the task ends the program and frees its worker."""
        return await self._cancellable(partial(self._judge, problem, program))

    @overload
    def judge_many_async(
        self, items: Items, as_completed: Literal[False] = False
    ) -> AsyncIterator[Verdict]: ...
    @overload
    def judge_many_async(
        self, items: Items, as_completed: Literal[True]
    ) -> AsyncIterator[tuple[int, Verdict]]: ...
    def judge_many_async(self, items: Items, as_completed: bool = False) -> AsyncIterator[Any]:
        """``judge_many`` for asyncio; ``items`` may be an async iterable.

        Programs that are still under way end when the iteration ends early.
        """
        from rltf.sandbox.async_sandbox import judge_many

        return judge_many(self.judge_async, items, _AHEAD * self.workers, as_completed)

    def run(
        self,
        code: str,
        stdin: str = "",
        limits: Limits | None = None,
        *,
        files: bool = False,
        fixtures: Fixtures = _NO_FIXTURES,
    ) -> RunResult:
        """Run a program once, as ``python solution.py`` would.

        Args:
            code: The program.
            stdin: The text on its standard input.
            limits: Its limits; ``None``: those of the sandbox.
            files: Whether it has a folder for files.
            fixtures: Files in this folder at first, as in :attr:`rltf.Problem.fixtures`. They imply
                ``files``.

        Raises ``ValueError`` for a fixture that cannot be in the folder.
        """
        return self._run(code, stdin, limits, files, fixtures, contextlib.nullcontext)

    async def run_async(
        self,
        code: str,
        stdin: str = "",
        limits: Limits | None = None,
        *,
        files: bool = False,
        fixtures: Fixtures = _NO_FIXTURES,
    ) -> RunResult:
        """``run`` for asyncio. Cancelling the task ends the program and frees its worker."""
        return await self._cancellable(partial(self._run, code, stdin, limits, files, fixtures))

    def _run(
        self,
        code: str,
        stdin: str,
        limits: Limits | None,
        files: bool,
        fixtures: Fixtures,
        while_on: WhileOn,
    ) -> RunResult:
        limits = limits or self.limits
        folder = program_run.folder_of(limits, files, fixtures)
        if broken := program_run.not_text(code):
            return RunResult("syntax_error", error=broken, layers=self.layers)
        with self._worker() as worker, while_on(worker):
            result = worker.run(code, stdin, limits, folder)
        return program_run.result_of(result, limits, self.layers)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of its zygotes, whose children are the programs."""
        return tuple(pid for worker in self._workers for pid in worker.zygotes.pids)

    def close(self) -> None:
        """End all processes. Safe to call twice."""
        self._closed = True
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # ------------------------------------------------------------------------------- inside

    async def _cancellable(self, verb: Callable[[WhileOn], T]) -> T:
        """Call a verb in a thread; cancelling the task ends its program."""
        import asyncio

        from rltf.sandbox.async_sandbox import Stop

        stop = Stop()
        work = self._executor().submit(verb, stop.on)
        try:
            return await asyncio.wrap_future(work)
        except asyncio.CancelledError:
            stop.ask()
            raise

    @contextlib.contextmanager
    def _worker(self) -> Iterator[Worker]:
        if self._closed:
            raise RuntimeError("the sandbox is closed")
        with self._returned:
            while not self._idle:
                self._returned.wait()
            worker = self._idle.pop()
        try:
            yield worker
        except BaseException:
            worker.zygotes.reset()  # an answer that nobody waits for may be on its way
            raise
        finally:
            with self._returned:
                self._idle.append(worker)
                self._returned.notify()

    def _executor(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._closed:
                raise RuntimeError("the sandbox is closed")
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="rltf-sandbox")
            return self._threads

    def _rule(self, name: str) -> Rule:
        with self._lock:
            if name not in self._rules:
                from rltf import manager

                self._rules[name] = manager.get("rule", name)
            return self._rules[name]

    def _after_fork(self) -> None:
        """Start again with no zygotes in a fork of our process: they belong to the parent."""
        self._finalizer.detach()
        for worker in self._workers:
            worker.zygotes.abandon()
        closed = self._closed
        self._open()
        self._closed = closed


def _close_all(workers: list[Worker]) -> None:
    for worker in workers:
        worker.zygotes.close()


_sandboxes: weakref.WeakSet[Sandbox] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for sandbox in list(_sandboxes):
        sandbox._after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)
