"""A candidate and a judge side by side, for tests that are code."""

from __future__ import annotations

import select
import socket
from dataclasses import replace
from typing import Any

from rltf.limits import LONGEST_WALL_S, Limits
from rltf.sandbox import outcomes
from rltf.sandbox.inside.values import decode
from rltf.sandbox.outcomes import Report
from rltf.sandbox.overdue import Overdue, WallCharge
from rltf.sandbox.zygote import (
    ALIVE,
    CPU_LIMIT,
    PATIENCE_S,
    SERVER,
    SHARED,
    WALL_LIMIT,
    Result,
    Zygote,
    ZygoteDied,
)
from rltf.verdict import ProgramError, Status, TestOutcome

_LIAR = b"L"
"""Frame of a candidate: an object that it has handed out says that it equals anything."""
_JUDGE_MARGIN_S = 10
"""Wall seconds that a judge has more than its candidate: it is the candidate that ends first."""


class Pair:
    """A candidate and a judge that talk through a channel, for the tests of one program."""

    def __init__(self, shared: bool, limits: Limits, program: bytes, test_program: bytes) -> None:
        self._flags = SHARED if shared else 0
        self._limits = limits
        wall_s = min(limits.wall_limit_s + _JUDGE_MARGIN_S, LONGEST_WALL_S)
        self._judge_limits = replace(limits, wall_s=wall_s)
        self._program = program
        self._test_program = test_program
        self._zygotes: tuple[Zygote, Zygote] | None = None
        self._talking = False

    def separate(self) -> None:
        """The next test takes a new pair of processes, and zygotes that know nothing yet."""
        self._zygotes = None
        self._talking = False

    def end(self) -> None:
        """Ends what is left of the two processes after the last test."""
        if self._zygotes is not None and self._flags:
            for zygote in self._zygotes:
                zygote.end()
                zygote.flush()
        self.separate()

    def judge(self, candidate: Zygote, judge: Zygote, code: str, seed: bytes) -> TestOutcome:
        """Runs one test, whose random draws start from the seed."""
        if self._zygotes != (candidate, judge) or (self._flags and not self._talking):
            candidate.program(self._limits, self._flags | SERVER, self._program)
            judge.program(self._judge_limits, self._flags, self._test_program)
            self._zygotes = (candidate, judge)
        self._start(candidate, judge, seed + code.encode("utf-8", "surrogatepass"))
        finding, result = self._results(candidate, judge)
        alive = bool(self._flags and finding.flags & result.flags & ALIVE)
        said, called = _finding(finding)
        self._talking = alive and said is not None and said[0] != "gone"
        return _judged(result, finding, said, called, self._limits)

    def _results(self, candidate: Zygote, judge: Zygote) -> tuple[Result, Result]:
        """What the judge found, and what became of the candidate."""
        limit_ns, judge_limit_ns = (
            int(limits.wall_limit_s * 1e9) for limits in (self._limits, self._judge_limits)
        )
        charge = WallCharge(limit_ns, partner=judge.pid)
        judge_charge = WallCharge(judge_limit_ns)
        timeout_s = self._judge_limits.wall_limit_s + PATIENCE_S
        result: Result | None = None

        def grant_judge(overdue: Overdue) -> int:
            # while the candidate may go on, the judge may wait for it
            return judge_limit_ns if result is None else judge_charge.grant_ns(overdue)

        def grant_ended(_: Overdue) -> int:
            return limit_ns  # it only waits for us to end it

        finding: Result | None = None
        while finding is None:
            ready = _readable([judge] if result else [judge, candidate], timeout_s)
            if judge in ready:
                finding = judge.hear(timeout_s, grant_judge)
            if finding is None and candidate in ready:
                result = candidate.hear(timeout_s, charge.grant_ns)
        said = _finding(finding)[0]
        is_gone = said is not None and said[0] == "gone"
        if not is_gone:  # one that is gone is left to say how it ended
            candidate.end()
            candidate.flush()
        while result is None:
            result = candidate.hear(timeout_s, charge.grant_ns if is_gone else grant_ended)
        return finding, result

    def _start(self, candidate: Zygote, judge: Zygote, code: bytes) -> None:
        # the judge first: it may wait for the candidate, whose time is counted
        if self._talking:
            candidate.test()
            judge.test(blob=code)
            judge.flush()
            candidate.flush()
            return
        ours, theirs = socket.socketpair()
        with ours, theirs:
            judge.test_with_channel(theirs.fileno(), code)
            candidate.test_with_channel(ours.fileno())


def _readable(zygotes: list[Zygote], timeout_s: float) -> list[Zygote]:
    if ahead := [zygote for zygote in zygotes if zygote.is_ahead]:
        return ahead
    poll = select.poll()
    for zygote in zygotes:
        poll.register(zygote, select.POLLIN)
    ready = [descriptor for descriptor, _ in poll.poll(timeout_s * 1000)]
    if not ready:
        raise ZygoteDied("it does not answer")
    return [zygote for zygote in zygotes if zygote.fileno() in ready]


_Said = tuple[str, tuple[Any, ...]]


def _judged(
    result: Result, finding: Result, said: _Said | None, called: bool, limits: Limits
) -> TestOutcome:
    """The outcome of a test that a judge has judged."""
    timed_out = bool(finding.flags & (CPU_LIMIT | WALL_LIMIT))
    if outcomes.is_fault(finding) or (said is None and not timed_out):
        return outcomes.unscored("the judge ended before it had judged")
    if said is None and not called:
        return outcomes.unscored("the test itself is broken: it does not end")
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
                frames = tuple(frame for frame in report.frames if frame[0] != _LIAR)
                return outcomes.failure(Report(frames), result.exit_code)
        # the judge was ended by its limits: the program's values keep it busy
        return "timeout", ProgramError("TimeoutError", "the test did not end", during="judge")

    lied = any(kind == _LIAR for kind, _ in Report.parse(result.report).frames)
    outcome = outcomes.outcome(result, limits, decide)
    return outcomes.with_attempt(outcome, "liar_object" if lied else None)


def _finding(finding: Result) -> tuple[_Said | None, bool]:
    """Finding and description, as inside/judge.py reports them; and whether it called the program."""
    frames = dict(Report.parse(finding.report).frames)
    said: _Said | None = decode(frames[b"J"]) if b"J" in frames else None  # a judge is ours
    return said, b"C" in frames
