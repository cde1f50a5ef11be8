"""The inside of a worker group: takes messages with jobs, and makes messages with results."""

from __future__ import annotations

import contextlib
import pickle
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rltf.common import dataset_files
from rltf.errors import SandboxError
from rltf.problem import Problem
from rltf.sandbox.backend import Job, Verb
from rltf.sandbox.groups import messages
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


class GroupServer:
    """Judges on the workers of a sandbox. Its methods may be called from different threads."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._problems: dict[int, Problem | Exception] = {}
        self._jobs: dict[int, Job] = {}
        self._done: queue.SimpleQueue[messages.Item] = queue.SimpleQueue()
        self._done.put((messages.READY, sandbox.layers))

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
                    if (job := self._jobs.get(identity)) is not None:
                        self._sandbox.backend.stop(job)
                case (messages.DATA, paths):
                    for path in paths:
                        dataset_files.note(path)
        self._sandbox.backend.flush()

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
        self._sandbox.backend.close(wait=False)
        self._sandbox.close()

    def _begin(self, identity: int, verb: Verb, problem: Problem | None, argument: Any) -> None:
        def done(result: Any) -> None:
            self._jobs.pop(identity, None)
            self._done.put(_item(identity, result))

        argument = pickle.loads(argument) if verb == "run" else argument
        job = self._jobs[identity] = Job(verb, problem, argument, done)
        self._sandbox.backend.submit(job)


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
