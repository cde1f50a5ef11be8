"""The sandboxes of an audit, each started when it is first used."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from rltf import manager
from rltf.dataset import Isolation
from rltf.errors import PluginError

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox


class Sandboxes:
    """Executors that differ in one option. Safe to use from several threads.

    Args:
        executor: The name of the executor.
        isolation: The isolation of the dataset.
    """

    def __init__(self, executor: str, isolation: Isolation, workers: int) -> None:
        self._executor = executor
        self._isolation = isolation
        self._workers = workers
        self._open = ExitStack()
        self._lock = threading.Lock()
        self._started: dict[tuple[tuple[str, Any], ...], Sandbox] = {}

    @property
    def main(self) -> Sandbox:
        """Judges as everything else does that uses the dataset."""
        return self._get(isolation=self._isolation)

    @property
    def alone(self) -> Sandbox:
        """Runs each test in a process of its own, which is fastest for tests that are data."""
        return self._get(isolation="test")

    @property
    def shared(self) -> Sandbox:
        """Runs all tests of a program in one process."""
        return self._get(isolation="program")

    def seeded(self, hash_seed: int) -> Sandbox:
        """Has another hash seed, and runs each test in a process of its own."""
        return self._get(isolation="test", hash_seed=hash_seed)

    def judging(self, mode: str) -> Sandbox:
        """Judges test code apart from the program (``split``) or with it (``guarded``).

        It stops at the first failure.
        """
        return self._get(isolation="test", judging=mode, stop_on_failure=True)

    def close(self) -> None:
        """End all of them."""
        self._open.close()

    def _get(self, **options: Any) -> Sandbox:
        key = tuple(sorted(options.items()))
        with self._lock:
            if key not in self._started:
                wanted = options | {"workers": self._workers}
                accepted = manager.accepted_options("executor", self._executor, wanted)
                if refused := sorted(
                    options.keys() - accepted.keys() - {"isolation", "stop_on_failure"}
                ):
                    raise PluginError(
                        f"executor {self._executor!r} has no option {refused[0]}, which the audit "
                        "needs; use --executor sandbox"
                    )
                sandbox = manager.get("executor", self._executor, **accepted)
                self._started[key] = self._open.enter_context(sandbox)
            return self._started[key]
