"""Tests that are data: text on stdin, calls, and asserts that compare a call with a literal.

They go to a candidate in a batch. What the program gave is compared here, on its bytes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import cast

from rltf.problem import TestCase, harness_of
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.guest.shared import report as frames
from rltf.sandbox.guest.shared.job_codec import pack
from rltf.sandbox.guest.shared.values import UnsupportedValue, encode
from rltf.sandbox.guest.shared.wire import (
    PROGRAM_APPS,
    PROGRAM_FULL_STDOUT,
    PROGRAM_LIVECODEBENCH,
    PROGRAM_SHARED,
    PROGRAM_TOGETHER,
)
from rltf.sandbox.judging import outcomes
from rltf.sandbox.judging.checker_client import CheckerClient
from rltf.sandbox.judging.code_tests import AssertTests
from rltf.sandbox.judging.judging_task import Task, TestKind
from rltf.sandbox.judging.literal_asserts import LiteralAssert, literal_assert
from rltf.sandbox.judging.outcomes import ChildReport, Decision
from rltf.sandbox.judging.test_batches import ProgramSpec, TestBatch, TestJob
from rltf.verdict import ProgramError, TestOutcome

_HARNESSES = {"": 0, "apps": PROGRAM_APPS, "livecodebench": PROGRAM_LIVECODEBENCH}
_NO_DATA = "UnsupportedValue"
_PASSED: Decision = ("passed", None)


class CannotRun(Exception):
    """No program can be run on these tests; says why."""


class DataTests(TestKind):
    """Tests that are data. A subclass says how a test travels and what its result means."""

    mode: str
    """The mode of guest/candidate/program_runner.py."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        checker = task.problem.checker
        self.checker = (
            CheckerClient(task.zygotes, task.trials, checker, task.limits) if checker else None
        )

    @property
    def flags(self) -> int:
        """How the program is run: ``PROGRAM_…``."""
        return _HARNESSES[harness_of(self.task.rule)]

    @abstractmethod
    def jobs(self) -> list[TestJob]:
        """Return the tests as they travel.

        Raises:
            CannotRun: One of them cannot travel.
        """

    @abstractmethod
    def outcome(self, index: int, result: ChildResult) -> TestOutcome:
        """Return the outcome of one test."""

    def judge(self) -> list[TestOutcome]:
        task = self.task
        try:
            jobs = self.jobs()
        except CannotRun as error:
            return [outcomes.unscored(str(error))] * len(task.tests)
        shared = PROGRAM_SHARED | PROGRAM_TOGETHER if task.shared else 0
        flags = self.flags | shared
        program = ProgramSpec(self.mode, task.source, flags, task.limits, folder=task.folder)
        compare = self._report_result if task.on_result else self.outcome
        return TestBatch(task.zygotes, program, jobs).run(compare, task.stop_on_failure)

    def _report_result(self, index: int, result: ChildResult) -> TestOutcome:
        assert self.task.on_result is not None
        self.task.on_result(result)
        return self.outcome(index, result)


class StdinTests(DataTests):
    """Text in on stdin, text out on stdout."""

    mode = "main"

    @property
    def flags(self) -> int:
        return PROGRAM_FULL_STDOUT | super().flags

    def jobs(self) -> list[TestJob]:
        return [TestJob(encode_text(test.input)) for test in self.task.tests]

    def outcome(self, index: int, result: ChildResult) -> TestOutcome:
        test = self.task.tests[index]
        decide = partial(self._decide, test, result)
        outcome = outcomes.outcome(result, self.task.limits, decide)
        if self.checker is None or not outcome.passed:
            return outcome
        output = result.stdout.decode("utf-8", "surrogateescape")
        return self.checker.outcome(outcome, test.input, output, test.output)

    def _decide(self, test: TestCase, result: ChildResult, report: ChildReport) -> Decision:
        if result.exit_code:
            return outcomes.failure(report, result.exit_code)
        if self.checker is not None:
            return _PASSED
        is_right = partial(self.task.rule.stdin, test)
        return ask_rule(is_right, result.stdout, partial(encode_text, test.output))


class CallTests(DataTests):
    """Calls of the entry point: arguments in, a value out."""

    mode = "call"

    def jobs(self) -> list[TestJob]:
        problem = self.task.problem
        if problem.entry_point is None:
            raise CannotRun(f"problem {problem.task_id}: call tests need an entry point")
        try:
            return [
                TestJob(blob=pack((problem.entry_point, test.args))) for test in self.task.tests
            ]
        except UnsupportedValue as error:
            raise CannotRun(
                f"problem {problem.task_id}: a test's argument of type {error} cannot cross"
            ) from None

    def outcome(self, index: int, result: ChildResult) -> TestOutcome:
        decide = partial(self._decide, index, result)
        outcome = outcomes.with_attempt(outcomes.outcome(result, self.task.limits, decide))
        if self.checker is None or not outcome.passed:
            return outcome
        test = self.task.tests[index]
        ((_, value),) = ChildReport.parse(result.report).frames
        return self.checker.outcome(outcome, test.args, value, test.expected)

    def _decide(self, index: int, result: ChildResult, report: ChildReport) -> Decision:
        match report.only():
            case (frames.VALUE, value) if result.exit_code == 0:
                return _PASSED if self.checker else self.compare(index, value)
            case (frames.UNSUPPORTED, name):
                message = f"it returned a {_type_name(name)}, which is not data"
                return "wrong_answer", ProgramError(_NO_DATA, message)
            case (frames.EQUALS_ANYTHING, name):
                message = f"it returned a {_type_name(name)}, which says that it equals anything"
                return "wrong_answer", ProgramError(outcomes.EQUALS_ANYTHING, message)
        return outcomes.failure(report, result.exit_code)

    def compare(self, index: int, value: bytes) -> Decision:
        """Compare what the program returned with what the test expects."""
        test = self.task.tests[index]
        return ask_rule(partial(self.task.rule.call, test), value, partial(encode, test.expected))


class LiteralTests(CallTests):
    """Asserts that compare a call with a literal, judged as calls."""

    flags = 0

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.checker = None
        self._asserts = [cast(LiteralAssert, literal_assert(test.code)) for test in task.tests]

    def judge(self) -> list[TestOutcome]:
        judged = super().judge()
        if any(outcome.error and outcome.error.type == _NO_DATA for outcome in judged):
            return AssertTests(self.task).judge()  # an object may equal data by its own ``__eq__``
        return judged

    def jobs(self) -> list[TestJob]:
        return [TestJob(blob=parsed.request) for parsed in self._asserts]

    def compare(self, index: int, value: bytes) -> Decision:
        parsed = self._asserts[index]
        return ask_rule(parsed.holds, value, partial(encode, parsed.expected))


def ask_rule(
    is_right: Callable[[bytes], bool], answer: bytes, expected: Callable[[], bytes]
) -> Decision:
    """Return what a rule decides about an answer.

    A rule that fails on the answer, but not on the expected one, makes the answer wrong.
    """
    try:
        right = is_right(answer)
    except RecursionError:
        raise  # our caller may have used up the stack
    except Exception as fault:
        is_right(expected())
        message = outcomes.describe(fault)
        return "wrong_answer", ProgramError(type(fault).__name__, message, during="judge")
    return ("passed" if right else "wrong_answer"), None


def _type_name(name: bytes) -> str:
    return name[: outcomes.MAX_NAME].decode("utf-8", "replace")


def encode_text(text: str) -> bytes:
    """Encode text. Surrogates that stand for undecodable bytes become those bytes."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
