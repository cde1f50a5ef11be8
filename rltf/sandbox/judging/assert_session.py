"""A candidate and a judge side by side, for tests that are code."""

from __future__ import annotations

import select
import socket
from dataclasses import replace

from rltf.limits import LONGEST_WALL_S, Limits
from rltf.sandbox.client.wall_clock import Overdue, WallCharge
from rltf.sandbox.client.zygote import (
    ALIVE,
    FAULT,
    PATIENCE_S,
    SERVER,
    SHARED,
    Result,
    Zygote,
    ZygoteDied,
)
from rltf.sandbox.guest.both.job_codec import pack
from rltf.sandbox.judging import judge_endings, outcomes
from rltf.sandbox.judging.judge_endings import Finding
from rltf.sandbox.judging.outcomes import Report
from rltf.verdict import ProgramError, Status, TestOutcome

_LIAR = b"L"
"""Frame of a candidate: an object that it has handed out says that it equals anything."""
_JUDGE_MARGIN_S = 1
"""Wall seconds that a judge has more than its candidate: it is the candidate that ends first."""


class Pair:
    """A candidate and a judge that talk through a channel, for the tests of one program."""

    def __init__(self, shared: bool, limits: Limits, source: str, test_program: bytes) -> None:
        self._flags = SHARED if shared else 0
        self._limits = limits
        wall_s = min(limits.wall_limit_s + _JUDGE_MARGIN_S, LONGEST_WALL_S)
        self._judge_limits = replace(limits, wall_s=wall_s)
        self._source = source
        self._program = pack(("serve", source))
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

    def judge(
        self, candidate: Zygote, judge: Zygote, code: str, seed: bytes
    ) -> tuple[TestOutcome, bool]:
        """Runs one test, whose random draws start from ``seed``.

        Returns its outcome, and whether another try may show another.
        """
        if self._zygotes != (candidate, judge) or (self._flags and not self._talking):
            candidate.program(self._limits, self._flags | SERVER, self._program, self._source)
            judge.program(self._judge_limits, self._flags, self._test_program)
            self._zygotes = (candidate, judge)
            self._talking = False
        had_values = self._talking  # of the program's, from the tests before
        self._start(candidate, judge, seed + code.encode("utf-8", "surrogatepass"))
        ended, result = self._results(candidate, judge)
        finding = Finding.of(ended)
        outcome = _judged(result, ended, finding, self._limits)
        is_fault = outcomes.is_fault(ended) or outcomes.is_fault(result)
        again = is_fault or (had_values and _is_exhausted(outcome, finding))
        alive = bool(self._flags and ended.flags & result.flags & ALIVE) and not again
        self._talking = (
            alive and finding.said not in (None, "gone") and not finding.is_out_of_memory
        )
        return outcome, again

    def _results(self, candidate: Zygote, judge: Zygote) -> tuple[Result, Result]:
        """What became of the judge, and of the candidate."""
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

        ended: Result | None = None
        while ended is None:
            ready = _readable([judge] if result else [judge, candidate], timeout_s)
            if judge in ready:
                ended = judge.hear(timeout_s, grant_judge)
            if ended is None and candidate in ready:
                result = candidate.hear(timeout_s, charge.grant_ns)
        is_gone = Finding.of(ended).said == "gone"
        if not is_gone:  # one that is gone is left to say how it ended
            candidate.end()
            candidate.flush()
        while result is None:
            result = candidate.hear(timeout_s, charge.grant_ns if is_gone else grant_ended)
        return ended, result

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


def _judged(result: Result, ended: Result, finding: Finding, limits: Limits) -> TestOutcome:
    """The outcome of a test, from how candidate and judge ended."""
    broken = "the test itself is broken"
    if ended.flags & FAULT:
        return outcomes.unscored(outcomes.could_not_run(ended))
    if finding.said is None and not finding.has_called and judge_endings.is_killed(ended):
        return outcomes.unscored("the judge was killed from outside")
    if finding.said is None and not finding.is_of_program:
        return outcomes.unscored(f"{broken}: {judge_endings.by_itself(ended)}")
    if finding.said == "test":
        kind, message = finding.description[:2]
        return outcomes.unscored(f"{broken}: {kind}: {message}" if kind else message)

    def decide(report: Report) -> tuple[Status, ProgramError | None]:
        match finding.said:
            case "passed":
                return "passed", None
            case "wrong":
                status, error = outcomes.raised_form(finding.description)
                return ("memory_limit" if status == "memory_limit" else "wrong_answer"), error
            case "raised":
                return outcomes.raised_form(finding.description)
            case "gone":
                frames = tuple(frame for frame in report.frames if frame[0] != _LIAR)
                return outcomes.failure(Report(frames), result.exit_code)
        return judge_endings.by_program(ended, limits, "test")

    lied = any(kind == _LIAR for kind, _ in Report.parse(result.report).frames)
    outcome = outcomes.outcome(result, limits, decide)
    return outcomes.with_attempt(outcome, "liar_object" if lied else None)


def _is_exhausted(outcome: TestOutcome, finding: Finding) -> bool:
    """Whether a test that is called broken may only have lacked what the tests before it have used up."""
    lacked = finding.said is None or finding.is_out_of_memory
    return outcome.status == "unscored" and lacked
