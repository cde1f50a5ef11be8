"""Many tests of one program, sent ahead to one zygote."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from rltf.errors import SandboxError
from rltf.limits import Limits
from rltf.sandbox.client.connection import ZygoteDied
from rltf.sandbox.client.launch import Role, preload_for
from rltf.sandbox.client.zygote import ChildResult, Zygote
from rltf.sandbox.client.zygote_set import ZygoteSet
from rltf.sandbox.guest.shared.job_codec import pack
from rltf.sandbox.guest.shared.wire import MOST_TOGETHER, PROGRAM_LIVECODEBENCH, PROGRAM_SHARED
from rltf.sandbox.judging import outcomes
from rltf.sandbox.judging.test_files import FilledFolder
from rltf.verdict import TestOutcome

MAX_TRIES = 3
_WINDOW_BYTES = 64 * 1024
_WINDOW_TESTS = MOST_TOGETHER * 3 // 2
"""Tests that may be on their way at once. That is less than a socket holds, where each takes a
kilobyte however small it is, so that neither side waits for ever. And it is more than are answered
together, so that a child has something to do while we read what the last ones gave."""


class TestJob(NamedTuple):
    """One test as it travels: text on stdin, and data for the child."""

    stdin: bytes = b""
    blob: bytes = b""


@dataclass(frozen=True)
class ProgramSpec:
    """A program, and how it is run."""

    mode: str
    """One of the modes of guest/candidate/program_runner.py or guest/judge/test_runner.py."""
    source: str
    flags: int
    """``PROGRAM_…`` of guest/shared/wire.py."""
    limits: Limits
    role: Role = "candidate"
    folder: FilledFolder | None = None
    """The folder for files that each process of the program has."""
    tests: str = ""
    """The test code that will run in the program's process."""

    @property
    def blob(self) -> bytes:
        """The program as it travels. It ends with the source, which a child may open as a file."""
        fixtures = () if self.folder is None else (self.folder.fixtures,)
        return pack((self.mode, *fixtures, self.source))


class TestBatch:
    """Runs jobs on a zygote.

    A job that met a fault, or was lost with its zygote, runs again, up to ``max_tries`` times in
    all.
    """

    __test__ = False  # not a class for pytest

    def __init__(
        self,
        zygotes: ZygoteSet,
        program: ProgramSpec,
        jobs: Sequence[TestJob],
        max_tries: int = MAX_TRIES,
    ) -> None:
        self._zygotes = zygotes
        self._program = program
        all_modules = bool(program.flags & PROGRAM_LIVECODEBENCH)
        self._preload = preload_for(program.source, all_modules=all_modules, tests=program.tests)
        folder = None if program.folder is None else program.folder.limits
        self._kind = program.role, self._preload, folder
        self._jobs = jobs
        self._max_tries = max_tries
        self._tries = [0] * len(jobs)
        self._waiting = deque(range(len(jobs)))
        self._sent: deque[int] = deque()
        self._outcomes: dict[int, TestOutcome] = {}

    def run(
        self, compare: Callable[[int, ChildResult], TestOutcome], stop_on_failure: bool
    ) -> list[TestOutcome]:
        """Run the jobs and return one outcome each.

        Args:
            compare: Turns the index of a job and what came of it into an outcome.
            stop_on_failure: Whether to stop after the first job that does not pass.
        """
        while self._waiting or self._sent:
            try:
                zygote = self._zygotes.get(*self._kind)
                self._run_on(zygote, compare, stop_on_failure)
            except ZygoteDied as death:
                self._zygotes.drop(*self._kind)
                self._take_back(str(death))
            except SandboxError as error:
                for index in self._waiting:
                    self._outcomes[index] = outcomes.unscored(str(error))
                self._waiting.clear()
        return [self._outcomes[index] for index in sorted(self._outcomes)]

    def _run_on(
        self,
        zygote: Zygote,
        compare: Callable[[int, ChildResult], TestOutcome],
        stop_on_failure: bool,
    ) -> None:
        program = self._program
        zygote.program(program.limits, program.flags, program.blob, program.source)
        while self._waiting or self._sent:
            self._fill_window(zygote, 1 if stop_on_failure else _WINDOW_TESTS)
            again = []
            for result in zygote.results(program.limits, len(self._sent)):
                index = self._sent.popleft()
                self._tries[index] += 1
                if outcomes.is_fault(result) and self._tries[index] < self._max_tries:
                    again.append(index)
                    continue
                self._outcomes[index] = compare(index, result)
                if stop_on_failure and self._waiting and not self._outcomes[index].passed:
                    self._waiting.clear()
                    if program.flags & PROGRAM_SHARED:
                        zygote.end()  # no last test will end the process
                        zygote.flush()
            self._waiting.extendleft(reversed(again))

    def _fill_window(self, zygote: Zygote, max_tests: int) -> None:
        if not self._waiting:
            return
        room = _WINDOW_BYTES - sum(map(len, chain(*(self._jobs[index] for index in self._sent))))
        while self._waiting:
            stdin, blob = self._jobs[self._waiting[0]]
            room -= len(stdin) + len(blob)
            if self._sent and (room < 0 or len(self._sent) >= max_tests):
                return
            self._sent.append(self._waiting.popleft())
            zygote.test(stdin, blob)
        if self._program.flags & PROGRAM_SHARED:
            zygote.end()

    def _take_back(self, reason: str) -> None:
        """Put the tests that a dead zygote had back among those that wait."""
        self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()
        if not self._waiting:
            return  # every result had come: it died between them and the farewell
        running = self._waiting[0]
        self._tries[running] += 1
        if self._tries[running] >= self._max_tries:
            self._waiting.popleft()
            self._outcomes[running] = outcomes.unscored(
                f"the sandbox died {self._max_tries} times: {reason}"
            )


def run_once(zygotes: ZygoteSet, program: ProgramSpec, job: TestJob) -> ChildResult | str:
    """Run one job and return what came of it; a text says why it could not be run."""
    results: list[ChildResult] = []

    def keep(_: int, result: ChildResult) -> TestOutcome:
        results.append(result)
        return TestOutcome("passed")

    (outcome,) = TestBatch(zygotes, program, [job]).run(keep, stop_on_failure=False)
    return results[0] if results else outcome.reason
