"""A candidate and a judge side by side, for tests that are code."""

from __future__ import annotations

import select
import socket
from dataclasses import replace

from rltf.limits import LONGEST_WALL_S, Limits
from rltf.sandbox.client.connection import ZygoteDied
from rltf.sandbox.client.wall_clock import Overdue, WallCharge
from rltf.sandbox.client.zygote import PATIENCE_S, ChildResult, Zygote
from rltf.sandbox.guest.judge import findings
from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.guest.shared.wire import (
    PROGRAM_SERVER,
    PROGRAM_SHARED,
    RESULT_ALIVE,
    RESULT_FAULT,
)
from rltf.sandbox.judging import judge_exit, judging_mode, outcomes
from rltf.sandbox.judging.judge_exit import JudgeReport
from rltf.sandbox.judging.outcomes import ChildReport, Decision
from rltf.sandbox.judging.test_batches import ProgramSpec
from rltf.sandbox.judging.test_files import FilledFolder
from rltf.verdict import TestOutcome

_JUDGE_MARGIN_S = 1
"""Wall seconds that a judge has more than its candidate, so that the candidate ends first."""


class AssertSession:
    """A candidate and a judge that talk through a channel, for the tests of one program."""

    def __init__(
        self,
        shared: bool,
        limits: Limits,
        source: str,
        test_program: bytes,
        folder: FilledFolder | None = None,
    ) -> None:
        self._flags = PROGRAM_SHARED if shared else 0
        self._limits = limits
        wall_s = min(limits.wall_limit_s + _JUDGE_MARGIN_S, LONGEST_WALL_S)
        self._judge_limits = replace(limits, wall_s=wall_s)
        self._source = source
        self._program = ProgramSpec("serve", source, 0, limits, folder=folder).blob
        self._test_program = test_program
        self._zygotes: tuple[Zygote, Zygote] | None = None
        self._connected = False
        """Whether both processes are alive, and can take the next test."""

    def separate(self) -> None:
        """Abandon both processes. The next test starts new ones and sends the program again."""
        self._zygotes = None
        self._connected = False

    def end(self) -> None:
        """End what is left of the two processes after the last test."""
        if self._zygotes is not None and self._flags:
            for zygote in self._zygotes:
                zygote.end()
                zygote.flush()
        self.separate()

    def judge(
        self, candidate: Zygote, judge: Zygote, code: str, seed: bytes
    ) -> tuple[TestOutcome, bool]:
        """Run one test, whose random draws start from ``seed``.

        Returns:
            Its outcome, and whether another try may give another.
        """
        if self._zygotes != (candidate, judge) or (self._flags and not self._connected):
            candidate.program(
                self._limits, self._flags | PROGRAM_SERVER, self._program, self._source
            )
            judge.program(self._judge_limits, self._flags, self._test_program)
            self._zygotes = (candidate, judge)
            self._connected = False
        had_values = self._connected  # of the program, from the tests before
        self._start(candidate, judge, seed + code.encode("utf-8", "surrogatepass"))
        judge_result, result = self._results(candidate, judge)
        report = JudgeReport.of(judge_result)
        outcome = _outcome(result, judge_result, report, self._limits)
        is_fault = outcomes.is_fault(judge_result) or outcomes.is_fault(result)
        again = is_fault or (had_values and _is_exhausted(outcome, report))
        alive = bool(self._flags and judge_result.flags & result.flags & RESULT_ALIVE)
        has_ended = report.finding in (None, findings.GONE) or report.is_out_of_memory
        self._connected = alive and not again and not has_ended
        return outcome, again

    def _results(self, candidate: Zygote, judge: Zygote) -> tuple[ChildResult, ChildResult]:
        """Wait for the results of the judge and of the candidate."""
        limit_ns, judge_limit_ns = (
            int(limits.wall_limit_s * 1e9) for limits in (self._limits, self._judge_limits)
        )
        charge = WallCharge(limit_ns, partner=judge.pid)
        judge_charge = WallCharge(judge_limit_ns)
        timeout_s = self._judge_limits.wall_limit_s + PATIENCE_S
        result: ChildResult | None = None

        def grant_judge(overdue: Overdue) -> int:
            # while the candidate may go on, the judge may wait for it
            return judge_limit_ns if result is None else judge_charge.grant_ns(overdue)

        def grant_ended(_: Overdue) -> int:
            return limit_ns  # the candidate only waits for us to end it

        judge_result: ChildResult | None = None
        while judge_result is None:
            ready = _readable([judge] if result else [judge, candidate], timeout_s)
            if judge in ready:
                judge_result = judge.hear(timeout_s, grant_judge)
            if judge_result is None and candidate in ready:
                result = candidate.hear(timeout_s, charge.grant_ns)
        is_gone = JudgeReport.of(judge_result).finding == findings.GONE
        if not is_gone:  # a candidate that is gone is left to say how it ended
            candidate.end()
            candidate.flush()
        while result is None:
            result = candidate.hear(timeout_s, charge.grant_ns if is_gone else grant_ended)
        return judge_result, result

    def _start(self, candidate: Zygote, judge: Zygote, code: bytes) -> None:
        # the judge first: it may wait for the candidate, whose time is counted
        if self._connected:
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


def _outcome(
    result: ChildResult, judge_result: ChildResult, report: JudgeReport, limits: Limits
) -> TestOutcome:
    """Return the outcome of a test, from how candidate and judge ended."""
    if reason := _unscored_reason(judge_result, report):
        return outcomes.unscored(reason)
    if report.finding == findings.UNSPLIT:
        return judging_mode.unsplit(str(report.description[1]))

    def decide(candidate_report: ChildReport) -> Decision:
        match report.finding:
            case findings.PASSED:
                return "passed", None
            case findings.WRONG:
                status, error = outcomes.described_exception(report.description)
                return ("memory_limit" if status == "memory_limit" else "wrong_answer"), error
            case findings.RAISED:
                return outcomes.described_exception(report.description)
            case findings.GONE:
                rest = tuple(
                    frame for frame in candidate_report.frames if frame[0] != frames.EQUALS_ANYTHING
                )
                return outcomes.failure(ChildReport(rest), result.exit_code)
        return judge_exit.by_program(judge_result, limits, "test")

    kinds = dict(ChildReport.parse(result.report).frames)
    outcome = outcomes.outcome(result, limits, decide)
    return outcomes.with_attempt(
        outcome, "liar_object" if frames.EQUALS_ANYTHING in kinds else None
    )


def _unscored_reason(judge_result: ChildResult, report: JudgeReport) -> str:
    """Return why a test is unscored whatever the program did; empty if it is not."""
    broken = "the test itself is broken"
    if judge_result.flags & RESULT_FAULT:
        return outcomes.could_not_run(judge_result)
    if report.finding is None and not report.has_called and judge_exit.is_killed(judge_result):
        return "the judge was killed from outside"
    if report.finding is None and not report.is_of_program:
        return f"{broken}: {judge_exit.by_itself(judge_result)}"
    if report.finding == findings.TEST_FAULT:
        kind, message = report.description[:2]
        return f"{broken}: {kind}: {message}" if kind else message
    return ""


def _is_exhausted(outcome: TestOutcome, report: JudgeReport) -> bool:
    """Return whether a test that seems broken may only lack what earlier tests used up."""
    has_lacked = report.finding is None or report.is_out_of_memory
    return outcome.status == "unscored" and has_lacked
