"""Asking the checker of a problem, in a judge's process, whether what a program gave is right."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from typing import Any

from rltf.limits import Limits
from rltf.sandbox.client.zygote import FAULT, Result
from rltf.sandbox.client.zygote_set import Zygotes
from rltf.sandbox.guest.both.job_codec import pack
from rltf.sandbox.guest.both.values import UnsupportedValue, encode
from rltf.sandbox.judging import judge_endings, outcomes, seed_secret
from rltf.sandbox.judging.judge_endings import Finding
from rltf.sandbox.judging.test_batches import Batch, Job, Program
from rltf.verdict import ProgramError, Status, TestOutcome

_MOST_TRIALS = 4096


class Trials:
    """What checkers made of expected answers; the last ones are remembered."""

    def __init__(self) -> None:
        self._found: OrderedDict[bytes, str] = OrderedDict()
        self.has_broken = False
        """Whether any checker was found to be broken."""

    def get(self, key: bytes) -> str | None:
        """Why a checker is broken, empty for one that works; ``None``: nobody has tried."""
        return self._found.get(key)

    def put(self, key: bytes, why: str) -> None:
        self._found[key] = why
        self.has_broken |= bool(why)
        if len(self._found) > _MOST_TRIALS:
            self._found.popitem(last=False)


class Checks:
    """The checker of one problem; each answer is given to a fresh process."""

    def __init__(self, zygotes: Zygotes, trials: Trials, checker: str, limits: Limits) -> None:
        self._zygotes = zygotes
        self._trials = trials
        self._limits = limits
        self._program = Program("check", checker, 0, limits, role="judge")

    def outcome(
        self, ran: TestOutcome, given: Any, answer: str | bytes, expected: Any
    ) -> TestOutcome:
        """The outcome of a test that a program has come through with this answer.

        A checker that breaks on the answer is asked about the expected one: where it breaks on that as
        well, the test is ``unscored``.

        Args:
            ran: What running the program showed.
            given: The input or the arguments.
            answer: The output, or the value as ``rltf.sandbox.guest.both.values`` writes it.
            expected: What the test says of the right answer.
        """
        try:
            if self._trials.has_broken and (why := self._why_broken(given, answer, expected, True)):
                return outcomes.unscored(why)
            result = self._ask(given, answer, expected)
        except UnsupportedValue as kind:
            return outcomes.unscored(f"a test's value of type {kind} cannot cross to the checker")
        if isinstance(result, str):
            return outcomes.unscored(result)
        finding = Finding.of(result)
        if finding.said == "passed":
            return ran
        if finding.said == "wrong":
            return replace(ran, status="wrong_answer")
        if why := self._why_broken(given, answer, expected):
            return outcomes.unscored(why)
        status, error = self._of_answer(finding, result)
        return replace(ran, status=status, error=error)

    def _why_broken(
        self, given: Any, answer: str | bytes, expected: Any, only_known: bool = False
    ) -> str:
        """Why the checker cannot judge even the expected answer; empty where it can."""
        own = (
            encode(expected) if isinstance(answer, bytes) else expected
        )  # in the form of an answer
        parts = (self._program.source, repr(self._limits), pack((given, own, expected)))
        key = hashlib.sha256(encode(parts)).digest()
        why = self._trials.get(key)
        if why is None and not only_known:
            result = self._ask(given, own, expected)
            if isinstance(result, str):
                return result
            why = _broken(Finding.of(result), result)
            if not outcomes.is_fault(result):  # which is not to last
                self._trials.put(key, why)
        return why or ""

    def _ask(self, given: Any, answer: str | bytes, expected: Any) -> Result | str:
        """How the process of a checker ended; a text says why it could not be run."""
        results: list[Result] = []

        def keep(_: int, result: Result) -> TestOutcome:
            results.append(result)
            return TestOutcome("passed")

        seed = seed_secret.seed("checker", self._program.source, encode((given, expected)))
        job = Job(blob=seed + pack((given, answer, expected)))
        (said,) = Batch(self._zygotes, self._program, [job]).run(keep, False)
        if not results:
            return said.reason
        if results[0].flags & FAULT:
            return outcomes.could_not_run(results[0])
        return results[0]

    def _of_answer(self, finding: Finding, result: Result) -> tuple[Status, ProgramError]:
        if finding.said is None:
            return judge_endings.by_program(result, self._limits, "checker")
        status, error = outcomes.raised_form(finding.description)
        return ("memory_limit" if status == "memory_limit" else "wrong_answer"), error


def _broken(finding: Finding, result: Result) -> str:
    if finding.said in ("passed", "wrong"):
        return ""
    if finding.said is None:
        return f"the checker is broken: {judge_endings.by_itself(result)}"
    kind, message = finding.description[:2]
    return f"the checker is broken: {kind}: {message}"
