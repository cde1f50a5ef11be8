"""Find out whether a program past its wall limit slept or waited for a core.

The kernel counts, for every thread, the time that it was ready to run and had no core (run delay,
field 2 of /proc/PID/task/TID/schedstat). That time depends on the machine and is not charged. All
other wall time is.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rltf.sandbox.client.connection import OVERDUE

_LEAST_NS = 10_000_000
"""A shorter remaining wall time is not worth another look."""
_STILL_WAITING_NS = 50_000_000
_STARVED = 10
_MOST_GUESSES = 20
_GONE = (OSError, IndexError, ValueError)
"""A process that has ended meanwhile, or a kernel that does not tell."""
_read_overdue = OVERDUE.picker("test", "pid", "began_ns", "cpu_ns")


@dataclass(frozen=True)
class Overdue:
    """A zygote's question when a wall limit has passed (struct wire_overdue)."""

    test: int
    pid: int
    began_ns: int
    """When the test started, on the monotonic clock, which all processes share."""
    cpu_ns: int
    """CPU time that the test has used."""

    @classmethod
    def parse(cls, data: bytes) -> Overdue:
        return cls(*_read_overdue(OVERDUE.unpack_from(data)))


class WallCharge:
    """The part of one test's wall time that is charged to its program.

    ``partner`` is a zygote whose child the program waits for. They work in turns, so the time that
    either waits for a core is not charged to the program.
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
                self._look_at(partner)  # earlier waits are not part of this test
        self._seen_ns = 0
        self._waited_ns = 0
        self._cpu_ns = 0
        self._guesses = 0
        self._on_credit = False

    def grant_ns(self, overdue: Overdue) -> int:
        """Return the wall time that the program may still take; 0 if it slept through its limit."""
        # measured now, not at the time of the question: we may have waited for a core as well
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
        # The kernel counts a wait when it ends. So if a process has run since the last look, its
        # earlier wait is counted already. A process that waits at every look may only pretend to,
        # so it gets credit a second time in a row only if it has used almost no CPU time.
        most = window // 100 if self._on_credit else window // 2
        self._on_credit = waits and used < most
        return _STILL_WAITING_NS if self._on_credit else 0

    def _count(self, pid: int, window: int) -> bool:
        """Count the time without a core since the last look. Return whether it waits now."""
        looks = [self._look_at(pid)]
        if self._partner is not None:
            with contextlib.suppress(*_GONE):
                looks.append(self._look_at(self._partner))
                looks.append(self._look_at(self._child_of(self._partner)))
        waited = sum(delay for delay, _ in looks)
        # the first look also finds delays of earlier tests in the same process
        self._waited_ns += min(waited, window) if self._first else waited
        self._first = False
        return any(waits for _, waits in looks)

    def _look_at(self, pid: int) -> tuple[int, bool]:
        """Return the run delay of the longest waiting thread, and whether one is runnable."""
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
        """Guess if the kernel has no answer: a process that got some CPU time waits for more."""
        self._guesses += 1
        starved = used * _STARVED >= window and self._guesses <= _MOST_GUESSES
        return self._limit_ns if starved else 0
