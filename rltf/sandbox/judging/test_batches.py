"""Many tests of one program, sent ahead to one zygote."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from rltf.limits import Limits
from rltf.sandbox.client.preload import warmth
from rltf.sandbox.client.zygote import (
    LIVECODEBENCH,
    MOST_TOGETHER,
    SHARED,
    Result,
    Role,
    SandboxError,
    Zygote,
    ZygoteDied,
)
from rltf.sandbox.client.zygote_set import Zygotes
from rltf.sandbox.guest.both.job_codec import pack
from rltf.sandbox.judging import outcomes
from rltf.verdict import TestOutcome

MAX_TRIES = 3
_WINDOW_BYTES = 64 * 1024
_WINDOW_TESTS = MOST_TOGETHER * 3 // 2
"""Tests that may be on their way at once: less than a socket holds, where each takes a kilobyte of room however
small it is, so that no side waits for ever; and more than are answered together, so that a child has something to
do while we read what the last ones gave."""


class Job(NamedTuple):
    """One test as it travels: text on stdin, and data for the child."""

    stdin: bytes = b""
    blob: bytes = b""


@dataclass(frozen=True)
class Program:
    """A program as it is run: how, and under which limits."""

    mode: str
    """One of the modes of guest/candidate/program_runner.py, or of guest/judge/test_runner.py."""
    source: str
    flags: int
    """``enum program_flags``."""
    limits: Limits
    role: Role = "candidate"


class Batch:
    """Runs jobs on a zygote.

    What is a fault, or is lost with a zygote, is run again, up to ``most_tries`` times in all.
    """

    def __init__(
        self,
        zygotes: Zygotes,
        program: Program,
        jobs: Sequence[Job],
        most_tries: int = MAX_TRIES,
    ) -> None:
        self._zygotes = zygotes
        self._program = program
        self._warmth = warmth(program.source, all_modules=bool(program.flags & LIVECODEBENCH))
        self._jobs = jobs
        self._most_tries = most_tries
        self._tries = [0] * len(jobs)
        self._waiting = deque(range(len(jobs)))
        self._sent: deque[int] = deque()
        self._found: dict[int, TestOutcome] = {}

    def run(
        self, judged: Callable[[int, Result], TestOutcome], stop_on_failure: bool
    ) -> list[TestOutcome]:
        """One outcome a job; with ``stop_on_failure``, up to the first that is no pass."""
        while self._waiting or self._sent:
            try:
                zygote = self._zygotes.get(self._program.role, self._warmth)
                self._run_on(zygote, judged, stop_on_failure)
            except ZygoteDied as death:
                self._zygotes.drop(self._program.role, self._warmth)
                self._take_back(str(death))
            except SandboxError as error:
                for place in self._waiting:
                    self._found[place] = outcomes.unscored(str(error))
                self._waiting.clear()
        return [self._found[place] for place in sorted(self._found)]

    def _run_on(
        self, zygote: Zygote, judged: Callable[[int, Result], TestOutcome], stop: bool
    ) -> None:
        program = self._program
        blob = pack((program.mode, program.source))
        zygote.program(program.limits, program.flags, blob, program.source)
        while self._waiting or self._sent:
            self._fill_window(zygote, 1 if stop else _WINDOW_TESTS)
            again = []
            for result in zygote.results(program.limits, len(self._sent)):
                place = self._sent.popleft()
                self._tries[place] += 1
                if outcomes.is_fault(result) and self._tries[place] < self._most_tries:
                    again.append(place)
                    continue
                self._found[place] = judged(place, result)
                if stop and self._waiting and not self._found[place].passed:
                    self._waiting.clear()
                    if program.flags & SHARED:
                        zygote.end()  # comes after no last test
                        zygote.flush()
            self._waiting.extendleft(reversed(again))

    def _fill_window(self, zygote: Zygote, most: int) -> None:
        if not self._waiting:
            return
        room = _WINDOW_BYTES - sum(map(len, chain(*(self._jobs[place] for place in self._sent))))
        while self._waiting:
            stdin, blob = self._jobs[self._waiting[0]]
            room -= len(stdin) + len(blob)
            if self._sent and (room < 0 or len(self._sent) >= most):
                return
            self._sent.append(self._waiting.popleft())
            zygote.test(stdin, blob)
        if self._program.flags & SHARED:
            zygote.end()

    def _take_back(self, reason: str) -> None:
        """The zygote died: the tests that it had wait again."""
        self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()
        if not self._waiting:
            return  # every result had come: it died between them and the farewell
        ran = self._waiting[0]
        self._tries[ran] += 1
        if self._tries[ran] >= self._most_tries:
            self._waiting.popleft()
            self._found[ran] = outcomes.unscored(
                f"the sandbox died {self._most_tries} times: {reason}"
            )
