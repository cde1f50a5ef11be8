"""A worker: one candidate at a time, and a judge beside it where the tests are code.

It keeps its zygotes, starts them again when they die, and runs again what was lost with them.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from rltf.limits import Limits
from rltf.problem import Problem, TestCase
from rltf.sandbox import outcomes
from rltf.sandbox.inside.values import UnsupportedValue, decode, encode
from rltf.sandbox.outcomes import Report
from rltf.sandbox.rules import Rule
from rltf.sandbox.zygote import (
    ALIVE,
    FULL_STDOUT,
    SERVER,
    SHARED,
    Result,
    Role,
    SandboxError,
    Zygote,
    ZygoteDied,
)
from rltf.verdict import ProgramError, Status, TestOutcome, Verdict

Isolation = Literal["test", "program"]

MAX_TRIES = 3
MAX_STARTS = 10
_WINDOW_BYTES = 64 * 1024
"""Tests that may be on their way at once: less than a socket holds, so that no side waits for ever."""


@dataclass(frozen=True)
class _Job:
    """One test as it travels: text on stdin, and data for the child."""

    stdin: bytes = b""
    blob: bytes = b""


class Worker:
    """Judges one program at a time. Not thread-safe."""

    def __init__(self, isolation: Isolation) -> None:
        self._isolation = isolation
        self._zygotes: dict[tuple[Role, bool], Zygote] = {}

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of its zygotes."""
        return tuple(zygote.pid for zygote in self._zygotes.values())

    @property
    def layers(self) -> tuple[str, ...]:
        """The protections in force; starts a zygote to learn them."""
        return self._zygote("candidate", False).layers

    def close(self) -> None:
        """Ends its processes."""
        while self._zygotes:
            self._zygotes.popitem()[1].close()

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
            return Verdict.of([broken] * len(problem.tests))
        found: dict[int, TestOutcome] = {}
        for kind in ("stdin", "call", "assert"):
            places = [i for i, test in enumerate(problem.tests) if test.kind == kind]
            tests = [problem.tests[i] for i in places]
            if not tests:
                continue
            if kind == "stdin":
                judged = self._judge_stdin(source, tests, rule, limits)
            elif kind == "call":
                judged = self._judge_calls(problem, source, tests, rule, limits)
            else:
                judged = self._judge_asserts(problem, source, tests, limits)
            found.update(zip(places, judged, strict=True))
        layers = next(iter(self._zygotes.values())).layers if self._zygotes else ()
        return Verdict.of([found[i] for i in range(len(problem.tests))], layers=layers)

    def run(self, source: str, stdin: str, limits: Limits) -> Result | str:
        """Runs a program once; a text says why it could not be run."""
        job = _Job(stdin=stdin.encode("utf-8", "surrogatepass"))
        return self._run(("main", source, None), FULL_STDOUT, limits, [job])[0]

    # ------------------------------------------------------------------ tests that are data

    def _judge_stdin(
        self, source: str, tests: Sequence[TestCase], rule: Rule, limits: Limits
    ) -> list[TestOutcome]:
        jobs = [_Job(stdin=test.input.encode("utf-8", "surrogatepass")) for test in tests]
        results = self._run(("main", source, None), FULL_STDOUT, limits, jobs)

        def judged(test: TestCase, result: Result) -> TestOutcome:
            def decide(report: Report) -> tuple[Status, ProgramError | None]:
                if result.exit_code:
                    return _failure(report, result.exit_code)
                return ("passed" if rule.stdin(test, result.stdout) else "wrong_answer"), None

            return outcomes.outcome(result, limits, decide)

        return [
            outcomes.unscored(result) if isinstance(result, str) else judged(test, result)
            for test, result in zip(tests, results, strict=True)
        ]

    def _judge_calls(
        self,
        problem: Problem,
        source: str,
        tests: Sequence[TestCase],
        rule: Rule,
        limits: Limits,
    ) -> list[TestOutcome]:
        if problem.entry_point is None:
            reason = f"problem {problem.task_id}: call tests need an entry point"
            return [outcomes.unscored(reason)] * len(tests)
        try:
            jobs = [_Job(blob=encode(test.args)) for test in tests]
        except UnsupportedValue as error:
            reason = f"problem {problem.task_id}: a test's argument of type {error} cannot cross"
            return [outcomes.unscored(reason)] * len(tests)
        results = self._run(("call", source, problem.entry_point), 0, limits, jobs)

        def judged(test: TestCase, result: Result) -> TestOutcome:
            def decide(report: Report) -> tuple[Status, ProgramError | None]:
                match report.only():
                    case (b"V", value) if result.exit_code == 0:
                        return ("passed" if rule.call(test, value) else "wrong_answer"), None
                    case (b"U", name):
                        kind = name.decode("utf-8", "replace")
                        message = f"it returned a {kind}, which is not data"
                        return "wrong_answer", ProgramError("UnsupportedValue", message)
                return _failure(report, result.exit_code)

            return outcomes.outcome(result, limits, decide)

        return [
            outcomes.unscored(result) if isinstance(result, str) else judged(test, result)
            for test, result in zip(tests, results, strict=True)
        ]

    def _run(
        self,
        program: tuple[str, str, str | None],
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
            except ZygoteDied as death:
                self._drop("candidate", _mentions_numpy(program[1]))
                waiting.extendleft(reversed(sent))
                sent.clear()
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
        self, problem: Problem, source: str, tests: Sequence[TestCase], limits: Limits
    ) -> list[TestOutcome]:
        codes = "".join((problem.setup_code, *(test.code for test in tests)))
        pair = _Pair(
            self._isolation,
            limits,
            encode(("serve", source, None)),
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
        zygote = self._zygotes.get((role, numpy))
        if zygote is None:
            zygote = self._zygotes[role, numpy] = _start(role, numpy)
        return zygote

    def _drop(self, role: Role, numpy: bool) -> None:
        zygote = self._zygotes.pop((role, numpy), None)
        if zygote is not None:
            zygote.close()


def _start(role: Role, numpy: bool) -> Zygote:
    """A new zygote; one that is killed before it is ready is started again."""
    for _ in range(MAX_STARTS):
        try:
            return Zygote(role, numpy=numpy)
        except ZygoteDied:
            continue
    raise SandboxError(f"the sandbox was killed {MAX_STARTS} times while it started")


class _Pair:
    """A candidate and a judge that talk through a channel, for the tests of one program."""

    def __init__(
        self, isolation: Isolation, limits: Limits, program: bytes, test_program: bytes
    ) -> None:
        self._flags = SHARED if isolation == "program" else 0
        self._limits = limits
        # the judge also waits while the candidate works
        self._judge_limits = replace(limits, wall_s=2 * limits.wall_limit_s + 10)
        self._program = program
        self._test_program = test_program
        self._zygotes: tuple[Zygote, Zygote] | None = None
        self._talking = False

    def separate(self) -> None:
        """The next test takes a new pair of processes, and zygotes that know nothing yet."""
        self._zygotes = None
        self._talking = False

    def judge(
        self, candidate: Zygote, judge: Zygote, code: str, entry_point: str | None
    ) -> TestOutcome:
        """Runs one test."""
        if self._zygotes != (candidate, judge) or (self._flags and not self._talking):
            candidate.program(self._limits, self._flags | SERVER, self._program)
            judge.program(self._judge_limits, self._flags, self._test_program)
            self._zygotes = (candidate, judge)
        self._start(candidate, judge, code.encode("utf-8", "surrogatepass"))
        finding = judge.result(self._judge_limits)
        candidate.end()
        result = candidate.result(self._limits)
        alive = bool(self._flags and finding.flags & result.flags & ALIVE)
        said = _finding(finding)
        self._talking = alive and said is not None and said[0] != "gone"
        return _judged(result, finding, said, self._limits)

    def _start(self, candidate: Zygote, judge: Zygote, code: bytes) -> None:
        if self._talking:
            candidate.test()
            judge.test(blob=code)
            return
        ours, theirs = socket.socketpair()
        with ours, theirs:
            candidate.test(channel=ours.fileno())
            judge.test(blob=code, channel=theirs.fileno())


def _judged(result: Result, finding: Result, said: _Said | None, limits: Limits) -> TestOutcome:
    """The outcome of a test that a judge has judged."""
    if outcomes.is_fault(finding):
        return outcomes.unscored("the judge's process failed")
    if said is not None and said[0] == "test":
        kind, message = said[1][:2]
        return outcomes.unscored(f"the test itself is broken: {kind}: {message}")

    def decide(report: Report) -> tuple[Status, ProgramError | None]:
        match said:
            case ("passed", _):
                return "passed", None
            case ("wrong", description):
                return "wrong_answer", outcomes.raised_form(description)[1]
            case ("raised", description):
                return outcomes.raised_form(description)
            case ("gone", _):
                return _failure(report, result.exit_code)
        # the judge was ended by its limits: the program's values keep it busy
        return "timeout", ProgramError("TimeoutError", "the test did not end", during="judge")

    return outcomes.outcome(result, limits, decide)


_Said = tuple[str, tuple[Any, ...]]


def _finding(finding: Result) -> _Said | None:
    """Finding and description, as inside/judge.py reports them."""
    match Report.parse(finding.report).only():
        case (b"J", data):
            said: _Said = decode(data)  # a judge is ours
            return said
    return None


def _failure(report: Report, exit_code: int) -> tuple[Status, ProgramError]:
    """Why a program did not get to its end, as far as its process said."""
    match report.only():
        case (b"X", description):
            return outcomes.raised(description)
    return outcomes.ended_early(exit_code)


def _fill_window(
    zygote: Zygote, jobs: Sequence[_Job], waiting: deque[int], sent: deque[int]
) -> None:
    size = sum(len(jobs[place].stdin) + len(jobs[place].blob) + 64 for place in sent)
    while waiting:
        job = jobs[waiting[0]]
        size += len(job.stdin) + len(job.blob) + 64
        if sent and size > _WINDOW_BYTES:
            return
        sent.append(waiting.popleft())
        zygote.test(job.stdin, job.blob)


def _mentions_numpy(text: str) -> bool:
    return "numpy" in text


def _surrogate(source: str, at: int) -> ProgramError:
    line = source.count("\n", 0, at) + 1
    column = at - source.rfind("\n", 0, at)
    message = "the source holds a surrogate, which is no text"
    return ProgramError("UnicodeEncodeError", message, line, column, during="compile")
