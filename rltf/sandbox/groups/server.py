"""The inside of a worker group: takes messages with jobs, and makes messages with results."""

from __future__ import annotations

import contextlib
import pickle
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rltf.common import dataset_files
from rltf.errors import SandboxError
from rltf.problem import Problem
from rltf.sandbox.async_sandbox import Stop
from rltf.sandbox.groups import messages
from rltf.sandbox.groups.group import Job
from rltf.sandbox.judging import seed_secret
from rltf.sandbox.judging.outcomes import describe
from rltf.sandbox.sandbox import Sandbox
from rltf.verdict import Verdict

_MOST_BYTES = 1 << 20
"""Approximate size of a message of results, beyond which the others go into the next one."""


@dataclass(frozen=True)
class GroupSettings:
    """What a group needs to judge as its client would."""

    make: Callable[..., Sandbox]
    """Makes its sandbox, with the option ``workers``. It can be pickled."""
    workers: int | None
    secret: bytes
    """Seeds what tests draw at random, the same in all groups."""
    plugins: tuple[str, ...]
    """Plugin files that the client has loaded."""

    @classmethod
    def of_this_process(cls, make: Callable[..., Sandbox]) -> GroupSettings:
        """Return settings with what this process knows."""
        from rltf import manager

        return cls(make, None, seed_secret.secret(), tuple(manager.loaded_files))

    def open(self) -> Sandbox:
        """Make the sandbox; raise ``SandboxError`` where it cannot start."""
        from rltf import manager

        seed_secret.adopt(self.secret)
        for path in self.plugins:
            manager.load_file(path)
        return self.make(workers=self.workers)


@dataclass(frozen=True)
class _Order:
    """A job as a group received it."""

    identity: int
    verb: messages.Verb
    problem: Problem | None
    argument: Any
    stop: Stop


class GroupServer:
    """Judges on the workers of a sandbox. Its methods may be called from different threads."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._problems: dict[int, Problem | Exception] = {}
        self._stops: dict[int, Stop] = {}
        self._relayed: dict[int, Job] = {}
        self._todo: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[messages.Item] = queue.SimpleQueue()
        self._done.put((messages.READY, sandbox.layers))
        for _ in range(0 if sandbox.groups else sandbox.workers):
            threading.Thread(target=self._work, daemon=True).start()

    def put(self, message: bytes) -> None:
        """Take a message of the client. Messages have to come in order."""
        for item in messages.decode(message):
            match item:
                case (messages.JOB, identity, verb, number, argument):
                    problem = None if number is None else self._problems[number]
                    if isinstance(problem, Exception):
                        self._done.put(_item(identity, problem))
                    else:
                        self._begin(identity, verb, problem, argument)
                case (messages.PROBLEM, number, pickled):
                    self._problems[number] = _problem(pickled)
                case (messages.FORGET, number):
                    del self._problems[number]
                case (messages.STOP, identity):
                    self._stop(identity)
                case (messages.DATA, paths):
                    for path in paths:
                        dataset_files.note(path)
        if self._sandbox.groups is not None:
            self._sandbox.groups.dispatcher.flush()

    def take(self, timeout_s: float | None = None, linger_s: float = 0.0) -> bytes:
        """Wait for a result, and return a message with all that are there.

        Args:
            timeout_s: When to stop waiting; the message is empty then.
            linger_s: How long to wait for more after the first.
        """
        try:
            items = [self._done.get(timeout=timeout_s)]
        except queue.Empty:
            return b""
        if linger_s:
            time.sleep(linger_s)
        size = _size(items[0])
        with contextlib.suppress(queue.Empty):
            while size < _MOST_BYTES:
                items.append(self._done.get_nowait())
                size += _size(items[-1])
        return messages.encode(items)

    def close(self) -> None:
        """End all workers."""
        for _ in range(self._sandbox.workers):
            self._todo.put(None)
        self._sandbox.close()

    def _work(self) -> None:
        while (order := self._todo.get()) is not None:
            item = self._do(order)
            self._stops.pop(order.identity, None)
            self._done.put(item)

    def _begin(
        self, identity: int, verb: messages.Verb, problem: Problem | None, argument: Any
    ) -> None:
        if self._sandbox.groups is None:
            stop = self._stops[identity] = Stop()
            self._todo.put(_Order(identity, verb, problem, argument, stop))
            return

        def done(result: Any) -> None:
            self._relayed.pop(identity, None)
            self._done.put(_item(identity, result))

        job = self._relayed[identity] = Job(verb, problem, argument, done)
        self._sandbox.groups.dispatcher.submit(job)

    def _stop(self, identity: int) -> None:
        if (stop := self._stops.get(identity)) is not None:
            stop.ask()
        job = self._relayed.pop(identity, None)
        if job is not None and self._sandbox.groups is not None:
            self._sandbox.groups.dispatcher.stop(job)

    def _do(self, order: _Order) -> messages.Item:
        try:
            return _item(order.identity, self._result(order))
        except BaseException as error:
            return _item(order.identity, error)

    def _result(self, order: _Order) -> Any:
        if order.problem is None:
            return self._sandbox.run_until(order.stop, *pickle.loads(order.argument))
        if order.verb == "observe":
            return self._sandbox.observe(order.problem, order.argument)
        return self._sandbox.judge_until(order.stop, order.problem, order.argument)


def _item(identity: int, result: Any) -> messages.Item:
    if isinstance(result, Verdict):
        return (messages.VERDICT, identity, messages.pack(result))
    if isinstance(result, BaseException):
        return (messages.ERROR, identity, messages.pickle_exception(result))
    return (messages.OBJECT, identity, pickle.dumps(result))


def _problem(pickled: bytes) -> Problem | Exception:
    try:
        problem: Problem = pickle.loads(pickled)
    except Exception as error:  # such as of a class that only the client can import
        return SandboxError(f"a problem cannot be read in a worker group: {describe(error)}")
    return problem


def _size(item: messages.Item) -> int:
    """Return about how large an item will be: texts of outcomes are at most 2 KB each."""
    if item[0] == messages.VERDICT:
        return 4096 * len(item[2][1])
    return len(item[2]) if isinstance(item[-1], bytes) else 64
