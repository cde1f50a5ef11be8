"""The backend whose workers are served by threads of this process."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from rltf.limits import Limits
from rltf.problem import Problem, Rule
from rltf.sandbox import program_run
from rltf.sandbox.backend import Backend, Job, Verb
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.judging.outcomes import ChildReport
from rltf.sandbox.judging.worker import Worker
from rltf.sandbox.program_run import Fixtures, Observed, RunResult
from rltf.verdict import Verdict

WhileOn = Callable[[Worker], AbstractContextManager[object]]
"""Makes the context in which a worker is used."""
Todo = queue.SimpleQueue[tuple[Callable[[Job], None], Job] | None]


class LocalBackend(Backend):
    """Judges on workers of this process, in the thread that calls. Jobs are done by threads of its own.

    Args:
        workers: One for each program that is judged at one time.
        limits: Limits for problems that have none of their own.
    """

    def __init__(self, workers: list[Worker], limits: Limits) -> None:
        self.limits = limits
        self.rules: dict[str, Rule] = {}
        """The rules that were used, by name."""
        self._workers = workers
        self._idle = workers[::-1]  # the last to return is used first: it is warm
        self._returned = threading.Condition()
        # reentrant: the collector may close a forgotten sandbox in a thread that is in here
        self._lock = threading.RLock()
        self._closed = False
        self._todo: Todo = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._running: dict[Job, Worker] = {}

    def open(self) -> tuple[str, ...]:
        self.layers = self._workers[0].zygotes.start(self.limits)
        return self.layers

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(pid for worker in self._workers for pid in worker.zygotes.pids)

    def close(self, wait: bool = True) -> None:
        for thread in self._stop_threads():
            if wait:
                thread.join()
        for worker in self._workers:
            worker.zygotes.close()

    def abandon(self) -> None:
        for worker in self._workers:
            worker.zygotes.abandon()

    # ------------------------------------------------------------------------------------- jobs

    def call(self, verb: Verb, problem: Problem | None, argument: Any) -> Any:
        return self._do(verb, problem, argument, contextlib.nullcontext)

    def submit(self, job: Job) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("the sandbox is closed")
            if len(self._threads) < len(self._workers):
                self._start_thread()
            self._todo.put((self._perform, job))

    def flush(self) -> None:
        """Do nothing: no job waits for others."""

    def stop(self, job: Job) -> None:
        with self._lock:
            job.is_dropped = True
            if (worker := self._running.get(job)) is not None:
                worker.zygotes.interrupt()

    def _start_thread(self) -> None:
        # it has no reference to us, so that a sandbox that nobody has closed can be collected
        thread = threading.Thread(
            target=_work, args=(self._todo,), name="rltf-sandbox", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _stop_threads(self) -> list[threading.Thread]:
        """Accept no more jobs, and fail those that nobody has begun. Return the threads."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
        left: list[Job] = []
        with contextlib.suppress(queue.Empty):
            while taken := self._todo.get_nowait():
                left.append(taken[1])
        for _ in threads:
            self._todo.put(None)
        for job in left:
            job.done(RuntimeError("the sandbox is closed"))
        return threads

    def _perform(self, job: Job) -> None:
        result: Any
        try:
            if job.is_dropped:
                raise _Dropped
            if job.here is not None and job.problem is not None:
                result = job.here(job.problem, job.argument)
            else:
                result = self._do(job.verb, job.problem, job.argument, partial(self._while_on, job))
        except BaseException as error:
            result = error
        job.done(result)

    @contextlib.contextmanager
    def _while_on(self, job: Job, worker: Worker) -> Iterator[None]:
        """Let ``stop`` interrupt the worker while it does the job."""
        with self._lock:
            if job.is_dropped:
                raise _Dropped
            self._running[job] = worker
        try:
            yield
        finally:
            with self._lock:
                del self._running[job]
            worker.zygotes.recover()

    # ------------------------------------------------------------------------------------ verbs

    def _do(self, verb: Verb, problem: Problem | None, argument: Any, while_on: WhileOn) -> Any:
        if problem is None:
            return self._run(while_on, *argument)
        if verb == "observe":
            return self._observe(problem, argument, while_on)
        return self._judge(problem, argument, while_on)

    def _judge(self, problem: Problem, program: str, while_on: WhileOn) -> Verdict:
        if not problem.tests:
            return Verdict.unscored("the problem has no tests", layers=self.layers)
        rule = self.rule(problem.rule)
        with self._worker() as worker, while_on(worker):
            return worker.judge(problem, program, rule, problem.limits or self.limits)

    def _observe(self, problem: Problem, program: str, while_on: WhileOn) -> Observed:
        results: list[ChildResult] = []
        rule = self.rule(problem.rule)
        with self._worker() as worker, while_on(worker):
            limits = problem.limits or self.limits
            verdict = worker.judge(problem, program, rule, limits, on_result=results.append)
        if not results or problem.tests[-1].kind == "assert":
            return Observed(verdict)
        frame = ChildReport.parse(results[-1].report).only()
        value = frame[1] if frame and frame[0] == frames.VALUE else None
        return Observed(verdict, results[-1].stdout, value)

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
        except _Dropped:
            raise  # it was not used
        except BaseException:
            worker.zygotes.reset()  # an answer that nobody waits for may be on its way
            raise
        finally:
            with self._returned:
                self._idle.append(worker)
                self._returned.notify()

    def rule(self, name: str) -> Rule:
        """Return the rule of that name, made once."""
        with self._lock:
            if name not in self.rules:
                from rltf import manager

                self.rules[name] = manager.get("rule", name)
            return self.rules[name]


class _Dropped(Exception):
    """Nobody waits for the job."""


def _work(todo: Todo) -> None:
    while (taken := todo.get()) is not None:
        perform, job = taken
        perform(job)
        del taken, perform, job  # the next one may be long in coming
