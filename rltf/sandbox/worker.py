"""A worker: one candidate at a time, and a judge beside it where the tests are code.

It keeps its zygotes, starts them again when they die, and runs again what was lost with them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar, cast

from rltf.limits import Limits
from rltf.problem import Problem, TestCase
from rltf.sandbox import outcomes
from rltf.sandbox.inside.values import UnsupportedValue, encode
from rltf.sandbox.layers import complaint
from rltf.sandbox.literal import LiteralAssert, literal_assert
from rltf.sandbox.outcomes import Report
from rltf.sandbox.pair import Pair
from rltf.sandbox.rules import Rule
from rltf.sandbox.zygote import (
    FULL_STDOUT,
    SHARED,
    Result,
    Role,
    SandboxError,
    Zygote,
    ZygoteDied,
)
from rltf.verdict import ProgramError, Status, TestOutcome, Verdict

Isolation = Literal["test", "program"]

T = TypeVar("T")

MAX_TRIES = 3
MAX_STARTS = 10
_WINDOW_BYTES = 64 * 1024
_WINDOW_TESTS = 48  # each takes about a kilobyte of a socket's room, however small it is
"""Tests that may be on their way at once: less than a socket holds, so that no side waits for ever."""


@dataclass(frozen=True)
class _Job:
    """One test as it travels: text on stdin, and data for the child."""

    stdin: bytes = b""
    blob: bytes = b""


class Worker:
    """Judges one program at a time. Not thread-safe."""

    def __init__(self, isolation: Isolation, require_layers: Sequence[str] = ()) -> None:
        self._isolation = isolation
        self._require_layers = require_layers
        self._zygotes: dict[tuple[Role, bool], Zygote] = {}
        self._closed = False
        self._interrupted = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of its zygotes."""
        return tuple(zygote.pid for zygote in list(self._zygotes.values()))

    @property
    def layers(self) -> tuple[str, ...]:
        """The protections in force; starts a zygote to learn them."""
        return self._zygote("candidate", False).layers

    def close(self) -> None:
        """Ends its processes; what another thread is judging with it becomes unscored."""
        self._closed = True
        self.reset()

    def interrupt(self) -> None:
        """Ends what it judges, whose verdict is void then; for a thread other than the judging one."""
        self._interrupted = True
        for zygote in list(self._zygotes.values()):
            zygote.interrupt()

    def recover(self) -> None:
        """Makes it fit for work again when it was interrupted."""
        if self._interrupted:
            self.reset()
            self._interrupted = False

    def abandon(self) -> None:
        """Forgets its processes without ending them; for a fork of the process they belong to."""
        while self._zygotes:
            self._zygotes.popitem()[1].abandon()

    def judge(self, problem: Problem, source: str, rule: Rule, limits: Limits) -> Verdict:
        """Runs all tests of a problem."""
        try:
            source.encode()
        except UnicodeEncodeError as error:
            broken = TestOutcome("syntax_error", _surrogate(source, error.start))
            return Verdict.of([broken] * len(problem.tests), layers=self.layers)
        found: dict[int, TestOutcome] = {}
        for judge, places in _kinds(problem):
            tests = [problem.tests[i] for i in places]
            found.update(
                zip(places, judge(self, problem, source, tests, rule, limits), strict=True)
            )
        layers = next(iter(self._zygotes.values())).layers if self._zygotes else ()
        return Verdict.of([found[i] for i in range(len(problem.tests))], layers=layers)

    def run(self, source: str, stdin: str, limits: Limits) -> Result | str:
        """Runs a program once; a text says why it could not be run."""
        job = _Job(stdin=_bytes(stdin))
        return self._run(("main", source), FULL_STDOUT, limits, [job])[0]

    # ------------------------------------------------------------------ tests that are data

    def _judge_stdin(
        self, problem: Problem, source: str, tests: _Tests, rule: Rule, limits: Limits
    ) -> list[TestOutcome]:
        jobs = [_Job(stdin=_bytes(test.input)) for test in tests]
        results = self._run(("main", source), FULL_STDOUT, limits, jobs)

        def judged(test: TestCase, result: Result) -> TestOutcome:
            def decide(report: Report) -> tuple[Status, ProgramError | None]:
                if result.exit_code:
                    return outcomes.failure(report, result.exit_code)
                return ("passed" if rule.stdin(test, result.stdout) else "wrong_answer"), None

            return outcomes.outcome(result, limits, decide)

        return _each(judged, tests, results)

    def _judge_calls(
        self, problem: Problem, source: str, tests: _Tests, rule: Rule, limits: Limits
    ) -> list[TestOutcome]:
        if problem.entry_point is None:
            reason = f"problem {problem.task_id}: call tests need an entry point"
            return [outcomes.unscored(reason)] * len(tests)
        try:
            jobs = [_Job(blob=encode((problem.entry_point, test.args))) for test in tests]
        except UnsupportedValue as error:
            reason = f"problem {problem.task_id}: a test's argument of type {error} cannot cross"
            return [outcomes.unscored(reason)] * len(tests)
        results = self._run(("call", source), 0, limits, jobs)

        def judged(test: TestCase, result: Result) -> TestOutcome:
            return _call_outcome(result, limits, partial(rule.call, test))

        return _each(judged, tests, results)

    def _judge_literals(
        self, problem: Problem, source: str, tests: _Tests, rule: Rule, limits: Limits
    ) -> list[TestOutcome]:
        asserts = [cast(LiteralAssert, literal_assert(test.code)) for test in tests]
        jobs = [_Job(blob=encode((said.function, said.args))) for said in asserts]
        results = self._run(("call", source), 0, limits, jobs)

        def judged(said: LiteralAssert, result: Result) -> TestOutcome:
            return _call_outcome(result, limits, said.holds)

        return _each(judged, asserts, results)

    def _run(
        self,
        program: tuple[str, str],
        flags: int,
        limits: Limits,
        jobs: Sequence[_Job],
    ) -> list[Result | str]:
        """Runs every job; a text in the place of a result says why there is none."""
        if self._isolation == "program":
            flags |= SHARED
        blob = encode(program)
        found: dict[int, Result | str] = {}
        tries = [0] * len(jobs)
        waiting = deque(range(len(jobs)))
        sent: deque[int] = deque()
        while waiting or sent:
            try:
                zygote = self._zygote("candidate", _mentions_numpy(program[1]))
                zygote.program(limits, flags, blob)
                while waiting or sent:
                    _fill_window(zygote, jobs, waiting, sent)
                    result = zygote.result(limits)
                    place = sent.popleft()
                    tries[place] += 1
                    if outcomes.is_fault(result) and tries[place] < MAX_TRIES:
                        waiting.append(place)
                    else:
                        found[place] = result
                if flags & SHARED:
                    zygote.end()
            except ZygoteDied as death:
                self._drop("candidate", _mentions_numpy(program[1]))
                waiting.extendleft(reversed(sent))
                sent.clear()
                if not waiting:
                    break  # every result had come: it died between them and the farewell
                tries[waiting[0]] += 1  # it was the one that ran
                if tries[waiting[0]] >= MAX_TRIES:
                    found[waiting.popleft()] = f"the sandbox died {MAX_TRIES} times: {death}"
            except SandboxError as error:
                for place in waiting:
                    found[place] = str(error)
                waiting.clear()
        return [found[place] for place in range(len(jobs))]

    # ------------------------------------------------------------------ tests that are code

    def _judge_asserts(
        self, problem: Problem, source: str, tests: _Tests, rule: Rule, limits: Limits
    ) -> list[TestOutcome]:
        codes = "".join((problem.setup_code, *(test.code for test in tests)))
        pair = Pair(
            self._isolation == "program",
            limits,
            encode(("serve", source)),
            encode((problem.setup_code, problem.entry_point)),
        )
        numpy = (_mentions_numpy(source), _mentions_numpy(codes))
        found = []
        for test in tests:
            judged: TestOutcome | None = None
            reason = ""
            for _ in range(MAX_TRIES):
                try:
                    candidate = self._zygote("candidate", numpy[0])
                    judge = self._zygote("judge", numpy[1])
                    judged = pair.judge(candidate, judge, test.code, problem.entry_point)
                except ZygoteDied as death:
                    reason = f"the sandbox died {MAX_TRIES} times: {death}"
                    self._drop("candidate", numpy[0])
                    self._drop("judge", numpy[1])
                    pair.separate()
                    continue
                except SandboxError as error:
                    reason = str(error)
                    break
                if judged.status not in ("crashed", "unscored"):
                    break
            found.append(judged or outcomes.unscored(reason))
        return found

    def _zygote(self, role: Role, numpy: bool) -> Zygote:
        if self._closed:
            raise SandboxError("the sandbox was closed")
        zygote = self._zygotes.get((role, numpy))
        if zygote is None:
            zygote = self._zygotes[role, numpy] = self._start(role, numpy)
        if self._interrupted:
            raise SandboxError("nobody waits for it any more")
        return zygote

    def _start(self, role: Role, numpy: bool) -> Zygote:
        """A new zygote; one that is killed before it is ready is started again."""
        for _ in range(MAX_STARTS):
            try:
                zygote = Zygote(role, numpy=numpy)
            except ZygoteDied:
                continue
            if missing := complaint(self._require_layers, zygote.layers):
                zygote.close()
                raise SandboxError(missing)
            return zygote
        raise SandboxError(f"the sandbox was killed {MAX_STARTS} times while it started")

    def reset(self) -> None:
        while self._zygotes:
            self._zygotes.popitem()[1].close()

    def _drop(self, role: Role, numpy: bool) -> None:
        zygote = self._zygotes.pop((role, numpy), None)
        if zygote is not None:
            zygote.close()


_Tests = Sequence[TestCase]
_Judge = Callable[[Worker, Problem, str, _Tests, Rule, Limits], list[TestOutcome]]


def _kinds(problem: Problem) -> list[tuple[_Judge, list[int]]]:
    """The tests of a problem, as places in it, by how they are judged."""
    kinds: dict[_Judge, list[int]] = {}
    for place, test in enumerate(problem.tests):
        if test.kind == "stdin":
            judge: _Judge = Worker._judge_stdin
        elif test.kind == "call":
            judge = Worker._judge_calls
        elif not problem.setup_code and literal_assert(test.code) is not None:
            judge = Worker._judge_literals
        else:
            judge = Worker._judge_asserts
        kinds.setdefault(judge, []).append(place)
    return list(kinds.items())


def _each(
    judged: Callable[[T, Result], TestOutcome],
    tests: Sequence[T],
    results: Sequence[Result | str],
) -> list[TestOutcome]:
    """The outcome of each test; one that has a text for a result could not be run."""
    return [
        outcomes.unscored(result) if isinstance(result, str) else judged(test, result)
        for test, result in zip(tests, results, strict=True)
    ]


def _call_outcome(result: Result, limits: Limits, is_right: Callable[[bytes], bool]) -> TestOutcome:
    """The outcome of a test that calls the program and looks at the value."""

    def decide(report: Report) -> tuple[Status, ProgramError | None]:
        match report.only():
            case (b"V", value) if result.exit_code == 0:
                return ("passed" if is_right(value) else "wrong_answer"), None
            case (b"U", name):
                kind = name.decode("utf-8", "replace")
                message = f"it returned a {kind}, which is not data"
                return "wrong_answer", ProgramError("UnsupportedValue", message)
        return outcomes.failure(report, result.exit_code)

    return outcomes.outcome(result, limits, decide)


def _fill_window(
    zygote: Zygote, jobs: Sequence[_Job], waiting: deque[int], sent: deque[int]
) -> None:
    size = sum(len(jobs[place].stdin) + len(jobs[place].blob) + 64 for place in sent)
    while waiting:
        job = jobs[waiting[0]]
        size += len(job.stdin) + len(job.blob) + 64
        if sent and (size > _WINDOW_BYTES or len(sent) >= _WINDOW_TESTS):
            return
        sent.append(waiting.popleft())
        zygote.test(job.stdin, job.blob)


def _bytes(stdin: str) -> bytes:
    """Text as bytes; what Python has made of undecodable bytes becomes those bytes again."""
    try:
        return stdin.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return stdin.encode("utf-8", "surrogatepass")


def _mentions_numpy(text: str) -> bool:
    return "numpy" in text


def _surrogate(source: str, at: int) -> ProgramError:
    line = source.count("\n", 0, at) + 1
    column = at - source.rfind("\n", 0, at)
    message = "the source holds a surrogate, which is no text"
    return ProgramError("UnicodeEncodeError", message, line, column, during="compile")
