"""What stands behind an executor: a backend does jobs, in this process or in worker groups."""

from __future__ import annotations

import queue
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Literal

from rltf.problem import Problem
from rltf.verdict import Verdict

Verb = Literal["judge", "observe", "run"]


class Job:
    """What a backend is to do, and who is told of the result."""

    __slots__ = ("argument", "done", "here", "is_dropped", "losses", "problem", "verb")

    def __init__(
        self,
        verb: Verb,
        problem: Problem | None,
        argument: Any,
        done: Callable[[Any], None],
        here: Callable[[Problem, str], Verdict] | None = None,
    ) -> None:
        self.verb = verb
        self.problem = problem
        self.argument = argument
        """The program, or the arguments of ``run``."""
        self.done = done
        """Called once, from any thread, with the result or an exception."""
        self.here = here
        """What judges it where it stays in this process: a subclass of ``Sandbox`` may count."""
        self.losses = 0
        """How often a group was lost that had this job."""
        self.is_dropped = False
        """Whether nobody waits for it any more."""


class Backend(ABC):
    """Does jobs. Safe to use from several threads."""

    layers: tuple[str, ...] = ()
    """The protections in force; known once it is open."""

    @abstractmethod
    def open(self) -> tuple[str, ...]:
        """Start, and return the layers; raise what keeps it from starting."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Have a job done. ``flush`` sends what waits for more to be sent together.

        Raises:
            RuntimeError: It is closed.
        """

    @abstractmethod
    def flush(self) -> None:
        """Send all jobs that can be sent: nobody may add to them soon."""

    @abstractmethod
    def stop(self, job: Job) -> None:
        """End a job that nobody waits for, even if it runs. Its result may still be told."""

    @property
    @abstractmethod
    def pids(self) -> tuple[int, ...]:
        """The processes of this machine that it has started, except programs."""

    @abstractmethod
    def close(self, wait: bool = True) -> None:
        """End everything. Safe to call twice.

        Args:
            wait: Whether jobs that run in this process may end; all others get a ``RuntimeError``.
        """

    @abstractmethod
    def abandon(self) -> None:
        """Release everything without ending it, in a fork of the process that owns it."""

    def call(self, verb: Verb, problem: Problem | None, argument: Any) -> Any:
        """Do a job, and return its result or raise its exception."""
        future: Future[Any] = Future()
        self.submit(Job(verb, problem, argument, future.set_result))
        self.flush()
        result = future.result()
        if isinstance(result, BaseException):
            raise result
        return result


class JobStream:
    """The programs of one ``judge_many``."""

    def __init__(self, backend: Backend, judge: Callable[[Problem, str], Verdict]) -> None:
        self._backend = backend
        self._judge = judge
        self._jobs: dict[int, Job] = {}
        self._done: queue.SimpleQueue[tuple[int, Verdict | BaseException]] = queue.SimpleQueue()

    def put(self, index: int, item: tuple[Problem, str]) -> None:
        done = self._done
        job = Job("judge", *item, lambda result: done.put((index, result)), self._judge)
        self._jobs[index] = job
        self._backend.submit(job)

    def get(self) -> tuple[int, Verdict | BaseException]:
        try:
            result = self._done.get_nowait()
        except queue.Empty:
            self._backend.flush()  # before we sleep: nobody may add to the messages that wait
            result = self._done.get()
        del self._jobs[result[0]]
        return result

    def give_up(self) -> None:
        for job in list(self._jobs.values()):
            job.is_dropped = True
