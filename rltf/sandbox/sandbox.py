"""``rltf.Sandbox``: a pool of workers, and what it can do with programs."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from rltf.common.options import HashSeed, PositiveInt, check_arguments
from rltf.dataset import Isolation
from rltf.limits import Limits
from rltf.problem import Problem, Rule
from rltf.sandbox import program_run
from rltf.sandbox.client import cpu_cores
from rltf.sandbox.client.isolation_layers import check_names
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.client.zygote_set import ZygoteSet
from rltf.sandbox.executor import Executor
from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.judge_many import Stream, ThreadStream
from rltf.sandbox.judging.outcomes import ChildReport
from rltf.sandbox.judging.worker import Worker
from rltf.sandbox.program_run import NO_FIXTURES, Fixtures, Observed, RunResult
from rltf.verdict import JudgingChoice, Verdict

if TYPE_CHECKING:
    from rltf.sandbox.async_sandbox import Stop
    from rltf.sandbox.groups.grouped import GroupedExecutor

T = TypeVar("T")
WhileOn = Callable[[Worker], AbstractContextManager[object]]
"""Makes the context in which a worker is used."""
_MOST_HERE = 16
"""Workers that this process serves itself. More of them would wait for its interpreter lock, so they
are in groups, with a process each."""
_IN_GROUP = 8


class Sandbox(Executor):
    """Runs programs in isolation, and judges them.

    Safe to use from several threads. A sandbox that is never closed, or whose process forks or
    dies, leaves no process behind.

    Args:
        workers: Programs judged at one time; ``None``: one for each core this process may use. More
        than 16 are in groups of up to 8, each served by a process of its own.
        isolation: ``test``: a fresh fork for every test; ``program``: one for all tests of a
        program.
        limits: Limits for problems that have none of their own.
        require_layers: Names of layers without which it does not start.
        stop_on_failure: Do not run tests after the first that fails (``Verdict.not_run``).
        judging: ``auto``: test code runs in a process of its own, or in the program's where it has
        to; ``split``: a test that has to is unscored; ``guarded``: all of it runs in the program's.
        hash_seed: ``PYTHONHASHSEED`` of programs and test code.

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
        hash_seed: HashSeed = 0,
    ) -> None:
        options = {
            "workers": workers,
            "isolation": isolation,
            "judging": judging,
            "hash_seed": hash_seed,
        }
        check_arguments(Sandbox, options, "Sandbox", ValueError)
        self.workers = workers or cpu_cores.available()
        self.isolation: Isolation = isolation
        self.limits = limits or Limits()
        if require_layers:
            check_names(require_layers)
        self._require_layers = tuple(require_layers)
        self.stop_on_failure = stop_on_failure
        self.judging: JudgingChoice = judging
        self.hash_seed = hash_seed
        self._rules: dict[str, Rule] = {}
        self._open()
        self.layers = (
            self._workers[0].zygotes.start(self.limits)
            if self.groups is None
            else self.groups.open()
        )
        _sandboxes.add(self)

    def _open(self) -> None:
        self._closed = False
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self.groups: GroupedExecutor | None = None
        """Judges everything, where there are too many workers for this process."""
        self._workers: list[Worker] = []
        if self.workers > _MOST_HERE:
            from rltf.sandbox.groups.group_process import on_this_machine

            groups = on_this_machine(self._factory(), self.workers, _IN_GROUP, self.limits)
            self.groups = groups
            self._finalizer = _finalizer(self, groups.close)
            return
        self._workers = [
            Worker(
                self.isolation,
                ZygoteSet(self._require_layers, self.hash_seed),
                self.stop_on_failure,
                self.judging,
            )
            for _ in range(self.workers)
        ]
        self._idle = self._workers[::-1]  # the last to return is used first: it is warm
        self._returned = threading.Condition()
        self._finalizer = _finalizer(self, partial(_close_all, self._workers))

    def _factory(self) -> Callable[..., Sandbox]:
        """Return what makes a sandbox like this one in another process."""
        return partial(Sandbox, **self._options())

    def _options(self) -> dict[str, Any]:
        return {
            "isolation": self.isolation,
            "limits": self.limits,
            "require_layers": self._require_layers,
            "stop_on_failure": self.stop_on_failure,
            "judging": self.judging,
            "hash_seed": self.hash_seed,
        }

    # ------------------------------------------------------------------------------- the verbs

    def judge(self, problem: Problem, program: str) -> Verdict:
        if self.groups is not None:
            return self.groups.judge(problem, program)
        return self._judge(problem, program, contextlib.nullcontext)

    def _judge(self, problem: Problem, program: str, while_on: WhileOn) -> Verdict:
        if not problem.tests:
            return Verdict.unscored("the problem has no tests", layers=self.layers)
        rule = self._rule(problem.rule)
        with self._worker() as worker, while_on(worker):
            return worker.judge(problem, program, rule, problem.limits or self.limits)

    def observe(self, problem: Problem, program: str) -> Observed:
        if self.groups is not None:
            return self.groups.observe(problem, program)
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

    async def judge_async(self, problem: Problem, program: str) -> Verdict:
        if self.groups is not None:
            return await self.groups.judge_async(problem, program)
        return await self._cancellable(partial(self._judge, problem, program))

    def run(
        self,
        code: str,
        stdin: str = "",
        limits: Limits | None = None,
        *,
        files: bool = False,
        fixtures: Fixtures = NO_FIXTURES,
    ) -> RunResult:
        if self.groups is not None:
            return self.groups.run(code, stdin, limits, files=files, fixtures=fixtures)
        return self._run(contextlib.nullcontext, code, stdin, limits, files, fixtures)

    async def run_async(
        self,
        code: str,
        stdin: str = "",
        limits: Limits | None = None,
        *,
        files: bool = False,
        fixtures: Fixtures = NO_FIXTURES,
    ) -> RunResult:
        if self.groups is not None:
            return await self.groups.run_async(code, stdin, limits, files=files, fixtures=fixtures)
        return await self._cancellable(
            lambda while_on: self._run(while_on, code, stdin, limits, files, fixtures)
        )

    def _run(
        self,
        while_on: WhileOn,
        code: str,
        stdin: str,
        limits: Limits | None,
        files: bool,
        fixtures: Fixtures,
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
        """The processes of its zygotes, whose children are the programs, and of its groups."""
        if self.groups is not None:
            return self.groups.pids
        return tuple(pid for worker in self._workers for pid in worker.zygotes.pids)

    def judge_until(self, stop: Stop, problem: Problem, program: str) -> Verdict:
        """Judge a program, unless ``stop`` ends it; raise ``asyncio.CancelledError`` then."""
        return self._judge(problem, program, stop.on)

    def run_until(self, stop: Stop, *arguments: Any) -> RunResult:
        """Run a program with all arguments of :meth:`run`, unless ``stop`` ends it."""
        return self._run(stop.on, *arguments)

    def close(self) -> None:
        self._closed = True
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None
        self._finalizer()

    # ------------------------------------------------------------------------------- inside

    def _stream(self) -> Stream:
        if self.groups is not None:
            return self.groups._stream()
        return ThreadStream(self.judge, self._executor(), self.workers)

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
        if self.groups is not None:
            self.groups.abandon()
        for worker in self._workers:
            worker.zygotes.abandon()
        closed = self._closed
        self._open()
        self._closed = closed


def _finalizer(sandbox: Sandbox, close: Callable[[], None]) -> weakref.finalize[[], Sandbox]:
    return weakref.finalize(sandbox, close)


def _close_all(workers: list[Worker]) -> None:
    for worker in workers:
        worker.zygotes.close()


_sandboxes: weakref.WeakSet[Sandbox] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for sandbox in list(_sandboxes):
        sandbox._after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)
