"""Asking the checker of a problem, in a judge's process, whether an answer is right."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from typing import Any

from rltf.limits import Limits
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.client.zygote_set import ZygoteSet
from rltf.sandbox.guest.judge.findings import PASSED, WRONG
from rltf.sandbox.guest.shared.job_codec import pack
from rltf.sandbox.guest.shared.values import UnsupportedValue, encode
from rltf.sandbox.guest.shared.wire import RESULT_FAULT
from rltf.sandbox.judging import judge_exit, outcomes, seed_secret
from rltf.sandbox.judging.judge_exit import JudgeReport
from rltf.sandbox.judging.outcomes import described_exception
from rltf.sandbox.judging.test_batches import ProgramSpec, TestJob, run_once
from rltf.verdict import ProgramError, Status, TestOutcome

_MAX_TRIALS = 4096


class CheckerTrials:
    """Whether checkers could judge expected answers. Remembers the last trials."""

    def __init__(self) -> None:
        self._faults: OrderedDict[bytes, str] = OrderedDict()
        self.has_broken = False
        """Whether any checker was found to be broken."""

    def get(self, key: bytes) -> str | None:
        """Return why a checker is broken: empty if it works, ``None`` if it was not tried."""
        return self._faults.get(key)

    def put(self, key: bytes, fault: str) -> None:
        """Remember why a checker is broken, or that it works (empty)."""
        self._faults[key] = fault
        self.has_broken |= bool(fault)
        if len(self._faults) > _MAX_TRIALS:
            self._faults.popitem(last=False)


class CheckerClient:
    """The checker of one problem. Each answer goes to a fresh process."""

    def __init__(
        self, zygotes: ZygoteSet, trials: CheckerTrials, checker: str, limits: Limits
    ) -> None:
        self._zygotes = zygotes
        self._trials = trials
        self._limits = limits
        self._program = ProgramSpec("check", checker, 0, limits, role="judge")

    def outcome(
        self, ran: TestOutcome, inputs: Any, answer: str | bytes, expected: Any
    ) -> TestOutcome:
        """Return the outcome of a test whose program gave this answer.

        A checker that breaks on the answer is asked about the expected one. Where it breaks on that
        as well, the test is ``unscored``.

        Args:
            ran: The outcome of running the program.
            inputs: The input or the arguments.
            answer: The output, or the value as ``rltf.sandbox.guest.shared.values`` writes it.
            expected: The right answer, according to the test.
        """
        try:
            if self._trials.has_broken and (
                fault := self._fault(inputs, answer, expected, only_known=True)
            ):
                return outcomes.unscored(fault)
            result = self._ask(inputs, answer, expected)
        except UnsupportedValue as kind:
            return outcomes.unscored(f"a test's value of type {kind} cannot cross to the checker")
        if isinstance(result, str):
            return outcomes.unscored(result)
        report = JudgeReport.of(result)
        if report.finding == PASSED:
            return ran
        if report.finding == WRONG:
            return replace(ran, status="wrong_answer")
        if fault := self._fault(inputs, answer, expected):
            return outcomes.unscored(fault)
        status, error = self._broken_by_answer(report, result)
        return replace(ran, status=status, error=error)

    def _fault(
        self, inputs: Any, answer: str | bytes, expected: Any, only_known: bool = False
    ) -> str:
        """Return why the checker cannot judge even the expected answer; empty where it can."""
        # the expected answer in the form of a program's answer
        as_answer = encode(expected) if isinstance(answer, bytes) else expected
        parts = (self._program.source, repr(self._limits), pack((inputs, as_answer, expected)))
        key = hashlib.sha256(encode(parts)).digest()
        fault = self._trials.get(key)
        if fault is None and not only_known:
            result = self._ask(inputs, as_answer, expected)
            if isinstance(result, str):
                return result
            fault = _checker_fault(JudgeReport.of(result), result)
            if not outcomes.is_fault(result):  # a fault of the sandbox may pass
                self._trials.put(key, fault)
        return fault or ""

    def _ask(self, inputs: Any, answer: str | bytes, expected: Any) -> ChildResult | str:
        """Return how the checker's process ended; a text says why it could not be run."""
        seed = seed_secret.seed("checker", self._program.source, encode((inputs, expected)))
        job = TestJob(blob=seed + pack((inputs, answer, expected)))
        result = run_once(self._zygotes, self._program, job)
        if not isinstance(result, str) and result.flags & RESULT_FAULT:
            return outcomes.could_not_run(result)
        return result

    def _broken_by_answer(
        self, report: JudgeReport, result: ChildResult
    ) -> tuple[Status, ProgramError]:
        if report.finding is None:
            return judge_exit.by_program(result, self._limits, "checker")
        status, error = described_exception(report.description)
        return ("memory_limit" if status == "memory_limit" else "wrong_answer"), error


def _checker_fault(report: JudgeReport, result: ChildResult) -> str:
    if report.finding in (PASSED, WRONG):
        return ""
    if report.finding is None:
        return f"the checker is broken: {judge_exit.by_itself(result)}"
    kind, message = report.description[:2]
    return f"the checker is broken: {kind}: {message}"
