"""A program whose wall limit has passed: did it sleep, or did it wait for a core?

The kernel counts, for every thread, the time that it was ready and had no core (run delay, field 2 of
/proc/PID/task/TID/schedstat). That time is the machine's mood and is not charged; all the rest of the
wall time is.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

_LEAST_NS = 10_000_000
"""What is left of a wall limit below this is not worth another look."""
_STARVED = 10
_MOST_GUESSES = 20
_OVERDUE = struct.Struct("<IiQQ")


@dataclass(frozen=True)
class Overdue:
    """What a zygote asks when a wall limit has passed (struct wire_overdue)."""

    test: int
    pid: int
    wall_ns: int
    """Since the test began, as is ``cpu_ns``."""
    cpu_ns: int

    @classmethod
    def parse(cls, data: bytes) -> Overdue:
        return cls(*_OVERDUE.unpack(data))


class WallCharge:
    """What of one test's wall time is charged to its program."""

    def __init__(self, limit_ns: int, proc: Path = Path("/proc")) -> None:
        self._limit_ns = limit_ns
        self._proc = proc
        self._delays: dict[str, int] = {}
        self._seen_ns = 0
        self._charged_ns = 0
        self._cpu_ns = 0
        self._guesses = 0

    def grant_ns(self, overdue: Overdue) -> int:
        """The wall time that the program may take from now on; 0 when it has slept its limit away."""
        window = overdue.wall_ns - self._seen_ns
        self._seen_ns = overdue.wall_ns
        self._charged_ns += window - min(window, self._waited_ns(overdue, window))
        left = self._limit_ns - self._charged_ns
        return left if left >= _LEAST_NS else 0

    def _waited_ns(self, overdue: Overdue, window: int) -> int:
        """How long it waited for a core since the last look: the thread that waited longest counts."""
        try:
            tasks = list((self._proc / str(overdue.pid) / "task").iterdir())
            delays = {task.name: _run_delay_ns(task / "schedstat") for task in tasks}
        except (OSError, IndexError, ValueError):
            return self._guess(overdue, window)
        before, self._delays = self._delays, delays
        return max((delay - before.get(task, 0) for task, delay in delays.items()), default=0)

    def _guess(self, overdue: Overdue, window: int) -> int:
        """Where the kernel does not say: one that got a little of the CPU waits for more of it."""
        used = overdue.cpu_ns - self._cpu_ns
        self._cpu_ns = overdue.cpu_ns
        self._guesses += 1
        return window if used * _STARVED >= window and self._guesses <= _MOST_GUESSES else 0


def _run_delay_ns(schedstat: Path) -> int:
    return int(schedstat.read_text().split()[1])
