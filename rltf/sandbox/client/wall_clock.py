"""A program whose wall limit has passed: did it sleep, or did it wait for a core?

The kernel counts, for every thread, the time that it was ready and had no core (run delay, field 2 of
/proc/PID/task/TID/schedstat). That time is the machine's mood and is not charged; all the rest of the
wall time is.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rltf.sandbox.client import frames

_LEAST_NS = 10_000_000
"""What is left of a wall limit below this is not worth another look."""
_STILL_WAITING_NS = 50_000_000
_STARVED = 10
_MOST_GUESSES = 20
_GONE = (OSError, IndexError, ValueError)
"""A process that has ended meanwhile, or a kernel that does not tell."""
_read_overdue = frames.OVERDUE.picker("test", "pid", "began_ns", "cpu_ns")


@dataclass(frozen=True)
class Overdue:
    """What a zygote asks when a wall limit has passed (struct wire_overdue)."""

    test: int
    pid: int
    began_ns: int
    """When the test began, on the monotonic clock, which all processes share."""
    cpu_ns: int
    """What it has used."""

    @classmethod
    def parse(cls, data: bytes) -> Overdue:
        return cls(*_read_overdue(frames.OVERDUE.unpack_from(data)))


class WallCharge:
    """What of one test's wall time is charged to its program.

    ``partner`` is a zygote whose child the program waits for: they work in turns, so that what either
    waits for a core is the program's waiting.
    """

    def __init__(
        self,
        limit_ns: int,
        partner: int | None = None,
        proc: Path = Path("/proc"),
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._limit_ns = limit_ns
        self._partner = partner
        self._proc = proc
        self._clock = clock
        self._delays: dict[str, int] = {}
        self._first = True
        if partner is not None:
            with contextlib.suppress(*_GONE):
                self._look_at(partner)  # what it waited before is no part of this test
        self._seen_ns = 0
        self._waited_ns = 0
        self._cpu_ns = 0
        self._guesses = 0
        self._on_credit = False

    def grant_ns(self, overdue: Overdue) -> int:
        """The wall time that the program may take from now on; 0 when it has slept its limit away."""
        # not when it was asked: who answers may have waited for a core as well
        wall_ns = self._clock() - overdue.began_ns
        window, self._seen_ns = wall_ns - self._seen_ns, wall_ns
        used, self._cpu_ns = overdue.cpu_ns - self._cpu_ns, overdue.cpu_ns
        try:
            waits = self._count(overdue.pid, window)
        except _GONE:
            return self._guess(used, window)
        left = self._limit_ns - max(0, wall_ns - self._waited_ns)
        if left >= _LEAST_NS:
            self._on_credit = False
            return left
        # A wait that goes on is counted when it ends. One that ran meanwhile has had its wait counted: it
        # is not waiting again just now, whenever we look, unless it wants to be seen so.
        most = window // 100 if self._on_credit else window // 2
        self._on_credit = waits and used < most
        return _STILL_WAITING_NS if self._on_credit else 0

    def _count(self, pid: int, window: int) -> bool:
        """Counts the time without a core since the last look; whether it may wait for one now."""
        looks = [self._look_at(pid)]
        if self._partner is not None:
            with contextlib.suppress(*_GONE):
                looks.append(self._look_at(self._partner))
                looks.append(self._look_at(self._child_of(self._partner)))
        waited = sum(delay for delay, _ in looks)
        # the first look finds the delays of earlier tests of the same process as well
        self._waited_ns += min(waited, window) if self._first else waited
        self._first = False
        return any(waits for _, waits in looks)

    def _look_at(self, pid: int) -> tuple[int, bool]:
        """Of a process's threads, the one that waited longest counts."""
        longest, runnable, looked = 0, False, False
        for task in (self._proc / str(pid) / "task").iterdir():
            try:
                delay = int((task / "schedstat").read_bytes().split()[1])
                # the name, in parentheses, is the program's choice
                state = (task / "stat").read_bytes().rpartition(b")")[2].split()[0]
            except (FileNotFoundError, ProcessLookupError):
                continue  # the thread has ended meanwhile
            looked = True
            longest = max(longest, delay - self._delays.get(task.name, 0))
            self._delays[task.name] = delay
            runnable |= state == b"R"
        if not looked:
            raise ProcessLookupError(pid)
        return longest, runnable

    def _child_of(self, zygote: int) -> int:
        children = self._proc / str(zygote) / "task" / str(zygote) / "children"
        return int(children.read_bytes().split()[0])

    def _guess(self, used: int, window: int) -> int:
        """Where the kernel does not say: one that got a little of the CPU waits for more of it."""
        self._guesses += 1
        starved = used * _STARVED >= window and self._guesses <= _MOST_GUESSES
        return self._limit_ns if starved else 0
