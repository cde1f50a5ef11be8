"""Measure how a run spends its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds by name, added up over a run and over the processes that continued it.

    ``total`` counts from the start of the process, the others what :meth:`measure` surrounds.
    ``reward`` is the time that another thread spent judging, ``reward_exposed`` the part of it that
    the trainer waited for.
    """

    NAMES: tuple[str, ...] = ("warmup", "generation", "reward", "reward_exposed", "update")

    def __init__(self, started: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self._started = started
        self._clock = clock
        self._before = 0.0
        self._seconds = dict.fromkeys(self.NAMES, 0.0)

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add the time that the block takes."""
        start = self._clock()
        try:
            yield
        finally:
            self._seconds[name] += self._clock() - start

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Count what the block measures in ``total`` only, as for evaluation."""
        seconds = dict(self._seconds)
        yield
        self._seconds = seconds

    def seconds(self) -> dict[str, float]:
        """All that was measured so far, with ``total``."""
        total = self._before + self._clock() - self._started
        return {"total": total} | self._seconds

    def continue_from(self, seconds: dict[str, float]) -> None:
        """Add what an earlier process of this run measured."""
        self._before = seconds["total"]
        for name in self.NAMES:
            self._seconds[name] += seconds[name]
