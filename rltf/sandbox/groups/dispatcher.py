"""Gives jobs to worker groups, and gives them again when a group is lost.

A group has at most ``Group.ahead`` jobs for each of its workers; the others wait here, so that the group
which is done first gets the next one. Groups start when there is work for them.
"""

from __future__ import annotations

import pickle
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from rltf.errors import SandboxError
from rltf.sandbox.backend import Backend, Job
from rltf.sandbox.groups import messages
from rltf.sandbox.groups.group import Group, Listener, ProblemTable
from rltf.sandbox.judging.outcomes import describe
from rltf.verdict import Verdict

_MOST_LOSSES = 3
_MOST_STARTS = 10
"""Groups of one slot lost one after the other before one of them was ready."""

Start = Callable[[int, Listener], Group | None]
"""Starts the group of a slot; ``None``: the slot is gone for good."""


class Dispatcher(Backend):
    """The backend whose workers are in groups. Results are told from threads of the groups.

    Args:
        start: Starts the group of a slot, from 0 to ``slots`` - 1. It does not wait for it.
        slots: Number of groups.
    """

    def __init__(self, start: Start, slots: int) -> None:
        self._start = start
        # reentrant: the collector may close a forgotten sandbox in a thread that is in here
        self._lock = threading.RLock()
        self._unstarted = deque(range(slots))
        self._groups: list[Group] = []
        self._free: set[Group] = set()  # ready, and with room for a job
        self._pending: deque[Job] = deque()
        self._ids = count()
        self._table = ProblemTable()
        self._deaths: Counter[int] = Counter()  # of a slot's groups before they were ready
        self._broken: BaseException | None = None
        self._first = threading.Event()  # a group is ready, or none will ever be

    def open(self) -> tuple[str, ...]:
        """Start a first group and return its layers; raise what it raised if it cannot start."""
        with self._lock:
            self._start_next()
        self._first.wait()
        if self._broken is not None:
            self.close()
            raise self._broken
        return self.layers

    @property
    def groups(self) -> list[Group]:
        """The groups that have been started."""
        with self._lock:
            return list(self._groups)

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(pid for group in self.groups for pid in group.pids)

    def submit(self, job: Job) -> None:
        with self._lock:
            if self._broken is not None:
                raise self._broken
            if job.problem is not None:
                try:
                    self._table.find(job.problem)
                except Exception as error:  # whatever pickle raises
                    job.done(_cannot_travel(job, error, self.layers))
                    return
                self._evict()
            self._pending.append(job)
            due = self._assign()
        self._send(due)

    def flush(self) -> None:
        with self._lock:
            waiting = [group for group in self._groups if group.outbox]
        self._send(waiting)

    def stop(self, job: Job) -> None:
        job.is_dropped = True
        with self._lock:
            for group in self._groups:
                for identity, other in group.in_flight.items():
                    if other is job and identity not in group.outbox:
                        group.stops.append(identity)
                        break
                else:
                    continue
                break
            else:
                return
        self._send([group])

    def close(self, wait: bool = True) -> None:
        self._fail(RuntimeError("the sandbox is closed"))

    def abandon(self) -> None:
        for group in self._groups:
            group.abandon()

    # ------------------------------------------------------------- what groups tell (Listener)

    def received(self, group: Group, message: bytes) -> None:
        """Take a message of a group: its start, or results."""
        results: list[tuple[Job, messages.Item]] = []
        with self._lock:
            for item in messages.decode(message):
                if item[0] == messages.READY and not group.is_ready:
                    self._is_ready(group, item[1])
                elif item[0] == messages.FAILED:
                    self._fail(pickle.loads(item[1]))
                    return
                elif (job := group.in_flight.pop(item[1], None)) is not None:
                    results.append((job, item))
            if group in self._groups and group.is_ready and self._room(group) > 0:
                self._free.add(group)
            due = self._assign()
            if group.outbox:
                due.add(group)
        self._send(due)
        for job, item in results:
            _tell(job, item, group.layers)

    def lost(self, group: Group) -> None:
        """Give the jobs of a group that is gone to others."""
        with self._lock:
            if group not in self._groups:
                return
            self._groups.remove(group)
            self._free.discard(group)
            self._deaths[group.slot] = 0 if group.is_ready else self._deaths[group.slot] + 1
            if self._deaths[group.slot] < _MOST_STARTS:
                self._unstarted.append(group.slot)
            jobs = list(group.in_flight.values())
            sent = group.in_flight.keys() - set(group.outbox)
            for identity in sent:
                group.in_flight[identity].losses += 1
            given_up = [job for job in jobs if job.losses >= _MOST_LOSSES]
            self._pending.extendleft(reversed([job for job in jobs if job.losses < _MOST_LOSSES]))
            if not self._groups:
                self._start_next()
            due = self._assign()
        group.close()
        self._send(due)
        for job in given_up:
            _give_up(job, self.layers)

    # ------------------------------------------------------------------------------- inside

    def _is_ready(self, group: Group, layers: tuple[str, ...]) -> None:
        group.is_ready = True
        group.layers = layers
        self.layers = self.layers or layers
        self._first.set()

    def _room(self, group: Group) -> int:
        return group.ahead * group.workers - len(group.in_flight)

    def _assign(self) -> set[Group]:
        """Give pending jobs to groups. Return the groups that their outbox has to be sent to now."""
        due: set[Group] = set()
        while self._pending and self._free:
            job = self._pending.popleft()
            if job.is_dropped:
                continue
            group = min(self._free, key=_load)
            identity = next(self._ids)
            group.in_flight[identity] = job
            group.outbox.append(identity)
            if self._room(group) <= 0:
                self._free.discard(group)
            is_hungry = len(group.in_flight) - len(group.outbox) < group.workers
            if is_hungry or len(group.outbox) >= group.together:
                due.add(group)
        if self._unstarted:
            self._start_more()
        return due

    def _start_more(self) -> None:
        """Start groups for the jobs that have no worker of their own."""
        waiting = len(self._pending)
        waiting += sum(max(0, len(group.in_flight) - group.workers) for group in self._groups)
        coming = sum(group.workers for group in self._groups if not group.is_ready)
        while self._unstarted and waiting > coming:
            group = self._start_next()
            if group is not None:
                coming += group.workers

    def _start_next(self) -> Group | None:
        while self._unstarted and self._broken is None:
            group = self._start(self._unstarted.popleft(), self)
            if group is not None:
                self._groups.append(group)
                return group
        if not self._groups and self._broken is None:
            self._fail(
                SandboxError("no worker is left: each was lost again and again as it started")
            )
        return None

    def _evict(self) -> None:
        if gone := self._table.evict():
            for group in self._groups:
                group.forget += group.known.intersection(gone)

    def _send(self, groups: Iterable[Group]) -> None:
        for group in groups:
            with group.sending:  # before the lock, which nobody may hold while a socket is full
                with self._lock:
                    message = group.message(self._table)
                if message:
                    group.send(message)

    def _fail(self, error: BaseException) -> None:
        """End everything; all jobs get the error."""
        with self._lock:
            if self._broken is None:
                self._broken = error
            groups, self._groups = self._groups, []
            jobs = [job for group in groups for job in group.in_flight.values()]
            jobs += self._pending
            self._pending.clear()
            self._free.clear()
            self._unstarted.clear()
            self._first.set()
        for group in groups:
            group.close()
        for job in jobs:
            job.done(error)


def _load(group: Group) -> float:
    return len(group.in_flight) / group.workers


def _tell(job: Job, item: messages.Item, layers: tuple[str, ...]) -> None:
    kind, _, content = item
    result: Any
    if kind == messages.VERDICT:
        result = messages.unpack(content, layers)
    else:
        try:
            result = pickle.loads(content)
        except Exception as error:  # such as of a class that only the group could import
            result = SandboxError(f"a result cannot be read: {describe(error)}")
    job.done(result)


def _cannot_travel(job: Job, error: Exception, layers: tuple[str, ...]) -> Any:
    reason = f"the problem cannot be sent to a worker group: {describe(error)}"
    return Verdict.unscored(reason, layers=layers) if job.verb == "judge" else SandboxError(reason)


def _give_up(job: Job, layers: tuple[str, ...]) -> None:
    reason = f"the workers that judged it were lost {_MOST_LOSSES} times"
    if job.verb == "judge":
        job.done(Verdict.unscored(reason, layers=layers))
    else:
        job.done(SandboxError(reason))
