"""``rltf.Sandbox``: a pool of workers, and what it can do with programs."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rltf.common.options import HashSeed, PositiveInt, check_arguments
from rltf.dataset import Isolation
from rltf.limits import Limits
from rltf.sandbox.client import cpu_cores
from rltf.sandbox.client.isolation_layers import check_names
from rltf.sandbox.client.zygote_set import ZygoteSet
from rltf.sandbox.executor import Executor
from rltf.sandbox.judging.worker import Worker
from rltf.sandbox.local_backend import LocalBackend
from rltf.sandbox.program_run import RunResult
from rltf.verdict import JudgingChoice

__all__ = ["RunResult", "Sandbox"]

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
            to; ``split``: a test that has to is unscored; ``guarded``: all of it runs in the
            program's.
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
        self._open()
        self.backend.open()
        _sandboxes.add(self)

    def _open(self) -> None:
        if self.workers > _MOST_HERE:
            from rltf.sandbox.groups.group_process import on_this_machine

            self.backend = on_this_machine(self._factory(), self.workers, _IN_GROUP)
        else:
            self.backend = self._local([self._worker() for _ in range(self.workers)])
        self._finalizer = weakref.finalize(self, self.backend.close, wait=False)

    def _worker(self) -> Worker:
        zygotes = ZygoteSet(self._require_layers, self.hash_seed)
        return Worker(self.isolation, zygotes, self.stop_on_failure, self.judging)

    def _local(self, workers: list[Worker]) -> LocalBackend:
        """Return what judges if it is done in this process."""
        return LocalBackend(workers, self.limits)

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

    def close(self) -> None:
        super().close()
        self._finalizer.detach()

    def _after_fork(self) -> None:
        """Start again with no processes in a fork of ours: they belong to the parent."""
        before = self.backend
        before.abandon()
        if self._finalizer.detach():  # else it was closed
            self._open()
            self.backend.layers = before.layers


_sandboxes: weakref.WeakSet[Sandbox] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for sandbox in list(_sandboxes):
        sandbox._after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)
