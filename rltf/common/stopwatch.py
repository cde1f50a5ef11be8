"""Measure how a run spends its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds by name, added up over a run and over the processes that continued it.

    ``total`` counts from the start of the process, the others what :meth:`measure` surrounds;
    ``other`` is the rest. ``reward`` is the time that another thread spent judging, and
    ``reward_exposed`` the part of it that the trainer waited for: all but ``reward`` add up to
    ``total``.
    """

    NAMES: tuple[str, ...] = (
        "start",
        "warmup",
        "generation",
        "reward",
        "reward_exposed",
        "update",
        "evaluation",
    )
    OVERLAPPING: frozenset[str] = frozenset({"reward"})
    """Names of what happens while something else is measured."""

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
    def apart(self, name: str) -> Iterator[None]:
        """Add the time that the block takes to this name alone, whatever it measures itself."""
        seconds = dict(self._seconds)
        start = self._clock()
        yield
        self._seconds = seconds
        self._seconds[name] += self._clock() - start

    def end_start(self) -> None:
        """Count all that this process did so far as ``start``."""
        self._seconds["start"] += self._clock() - self._started

    def seconds(self) -> dict[str, float]:
        """All that was measured so far, with ``total`` and ``other``."""
        total = self._before + self._clock() - self._started
        parts = sum(self._seconds[name] for name in self.NAMES if name not in self.OVERLAPPING)
        return {"total": total, **self._seconds, "other": total - parts}

    def continue_from(self, seconds: dict[str, float]) -> None:
        """Add what an earlier process of this run measured."""
        self._before = seconds["total"]
        for name in self.NAMES:
            self._seconds[name] += seconds.get(name, 0.0)  # older runs lack some
