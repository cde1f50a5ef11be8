"""A worker group as its client sees it."""

from __future__ import annotations

import pickle
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from typing import NamedTuple, Protocol

from rltf.common import dataset_files
from rltf.problem import Problem
from rltf.sandbox.backend import Job
from rltf.sandbox.groups import messages

_MOST_PROBLEMS = 4096
_MOST_BYTES = 64 << 20
"""Problems that all groups remember at one time, and the size of their pickles."""


class _Known(NamedTuple):
    problem: Problem  # kept alive, so that its id stays its own
    number: int
    pickled: bytes


class ProblemTable:
    """The problems that jobs have named last, pickled once for all groups. Not thread-safe."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._bytes = 0
        self._numbers = 0

    def find(self, problem: Problem) -> _Known:
        """Return the number and the pickle of a problem; raise what pickle raises."""
        known = self._known.get(id(problem))
        if known is None:
            self._numbers += 1
            known = _Known(problem, self._numbers, messages.pickle_problem(problem))
            self._known[id(problem)] = known
            self._bytes += len(known.pickled)
        else:
            self._known.move_to_end(id(problem))
        return known

    def evict(self) -> list[int]:
        """Forget the problems that were not used for longest, if they are too many."""
        gone: list[int] = []
        while len(self._known) > _MOST_PROBLEMS or (
            self._bytes > _MOST_BYTES and len(self._known) > 1
        ):
            _, known = self._known.popitem(last=False)
            self._bytes -= len(known.pickled)
            gone.append(known.number)
        return gone


class Listener(Protocol):
    """Who hears what becomes of a group."""

    def received(self, group: Group, message: bytes) -> None:
        """The group has sent a message."""

    def lost(self, group: Group) -> None:
        """The group is gone, and whatever it had not answered."""


class Group(ABC):
    """A group. A subclass knows how messages get there; all else belongs to the dispatcher."""

    ahead = 2
    """Jobs for each of its workers that it has at most."""
    together = 8
    """Jobs that wait for one another to be sent in one message, when it has enough to do."""

    def __init__(self, slot: int, workers: int) -> None:
        self.slot = slot
        self.workers = workers
        """Programs that it judges at one time."""
        self.layers: tuple[str, ...] = ()
        self.is_ready = False
        self.in_flight: dict[int, Job] = {}
        self.outbox: list[int] = []
        """Jobs of ``in_flight`` that the next message takes along."""
        self.known: set[int] = set()
        """Numbers of problems that it has."""
        self.forget: list[int] = []
        """Numbers of problems that it may forget."""
        self.stops: list[int] = []
        """Jobs that it is to end."""
        self.sending = threading.Lock()
        """Held from the making of a message until it is sent: their order matters."""
        self.data: frozenset[str] = frozenset()
        """Files that it hides from programs."""

    @property
    def pids(self) -> tuple[int, ...]:
        """Its processes on this machine, except programs."""
        return ()

    @abstractmethod
    def send(self, message: bytes) -> None:
        """Send a message. It never waits for an answer; a loss is told to the listener."""

    @abstractmethod
    def close(self) -> None:
        """End the group and its workers. Safe to call twice."""

    @abstractmethod
    def abandon(self) -> None:
        """Release it without ending it: in a forked process it is not ours."""

    def message(self, table: ProblemTable) -> bytes:
        """Return the next message, which takes along the outbox. Empty: there is nothing to send."""
        items: list[messages.Item] = []
        if (data := dataset_files.noted()) is not self.data and data != self.data:
            items.append((messages.DATA, sorted(data - self.data)))
            self.data = data
        items += [(messages.FORGET, number) for number in self.forget]
        self.known.difference_update(self.forget)
        self.forget = []
        items += [(messages.STOP, identity) for identity in self.stops]
        self.stops = []
        outbox, self.outbox = self.outbox, []
        for identity in outbox:
            job = self.in_flight[identity]
            if job.is_dropped:
                del self.in_flight[identity]
                continue
            number = None
            if job.problem is not None:
                _, number, pickled = table.find(job.problem)
                if number not in self.known:
                    self.known.add(number)
                    items.append((messages.PROBLEM, number, pickled))
            argument = job.argument if job.verb != "run" else _arguments(*job.argument)
            items.append((messages.JOB, identity, job.verb, number, argument))
        return messages.encode(items) if items else b""


def _arguments(*arguments: object) -> bytes:
    """Return the arguments of ``run`` as bytes. The last are its fixtures, which may be a view."""
    *others, fixtures = arguments
    return pickle.dumps((*others, dict(fixtures)))  # type: ignore[call-overload]
