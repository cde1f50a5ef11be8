"""A worker: judges one program at a time against the tests of its problem."""

from __future__ import annotations

from collections.abc import Callable

from rltf.dataset import Isolation
from rltf.limits import Limits
from rltf.problem import Problem
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.client.zygote_set import ZygoteSet
from rltf.sandbox.guest.shared.wire import (
    PROGRAM_FULL_STDERR,
    PROGRAM_FULL_STDOUT,
    PROGRAM_SHARED,
)
from rltf.sandbox.judging import literal_answers, test_kinds
from rltf.sandbox.judging.checker_client import CheckerTrials
from rltf.sandbox.judging.data_tests import encode_text
from rltf.sandbox.judging.judging_task import Task
from rltf.sandbox.judging.outcomes import unscored
from rltf.sandbox.judging.rule import Rule
from rltf.sandbox.judging.test_batches import ProgramSpec, TestJob, run_once
from rltf.sandbox.judging.test_files import FilledFolder, folder_of
from rltf.verdict import JudgingChoice, ProgramError, TestOutcome, Verdict


class Worker:
    """Judges one program at a time. Not thread-safe, except for the interruption of its zygotes."""

    def __init__(
        self,
        isolation: Isolation,
        zygotes: ZygoteSet,
        stop_on_failure: bool,
        judging: JudgingChoice = "auto",
    ) -> None:
        self.zygotes = zygotes
        self._judging = judging
        self._shared = isolation == "program"
        self._stop_on_failure = stop_on_failure
        self._trials = CheckerTrials()

    def judge(
        self,
        problem: Problem,
        source: str,
        rule: Rule,
        limits: Limits,
        on_result: Callable[[ChildResult], object] | None = None,
    ) -> Verdict:
        """Run all tests of a problem, or those up to the first failure.

        Args:
            problem: Its tests decide.
            source: The program.
            rule: Compares what the program gave with what a test expects.
            limits: The limits of each test.
            on_result: Called with what each test that is data has left.
        """
        self.zygotes.renew()
        try:
            source.encode()
        except UnicodeEncodeError as error:
            broken = TestOutcome("syntax_error", _surrogate_error(source, error.start))
            judged = dict.fromkeys(range(len(problem.tests)), broken)
        else:
            not_literal = literal_answers.fault(source) if problem.literal_answer else None
            if not_literal is not None:
                refused = TestOutcome("wrong_answer", not_literal)
                judged = dict.fromkeys(range(len(problem.tests)), refused)
            else:
                judged = self._run_tests(problem, source, rule, limits, on_result)
        return Verdict.of(
            [judged[index] for index in sorted(judged)],
            not_run=len(problem.tests) - len(judged),
            layers=self.zygotes.layers,
        )

    def _run_tests(
        self,
        problem: Problem,
        source: str,
        rule: Rule,
        limits: Limits,
        on_result: Callable[[ChildResult], object] | None,
    ) -> dict[int, TestOutcome]:
        """Return outcomes by the indices of their tests."""
        stop = self._stop_on_failure
        has_code = any(test.kind == "assert" for test in problem.tests)
        folder = folder_of(problem, limits) if problem.files or has_code else None
        if folder is not None and (reason := folder.misfit()):
            return dict.fromkeys(range(1 if stop else len(problem.tests)), unscored(reason))
        # a single test has no other to share with, and is measured better alone
        shared = self._shared and len(problem.tests) > 1
        judged: dict[int, TestOutcome] = {}
        for kind, indices in test_kinds.group(problem, shared, self._judging):
            task = Task(
                problem,
                source,
                indices,
                rule,
                limits,
                self.zygotes,
                self._trials,
                shared=shared,
                stop_on_failure=stop,
                judging=self._judging,
                on_result=on_result,
                folder=folder,
            )
            outcomes = kind(task).judge()
            judged.update(zip(indices, outcomes, strict=not stop))
            if stop and not outcomes[-1].passed:
                break
        return judged

    def run(
        self, source: str, stdin: str, limits: Limits, folder: FilledFolder | None = None
    ) -> ChildResult | str:
        """Run a program once, without tests; a text says why it could not be run."""
        self.zygotes.renew()
        if folder is not None and (reason := folder.misfit()):
            return reason
        flags = PROGRAM_FULL_STDOUT | PROGRAM_FULL_STDERR
        flags |= PROGRAM_SHARED if self._shared else 0
        program = ProgramSpec("main", source, flags, limits, folder=folder)
        return run_once(self.zygotes, program, TestJob(stdin=encode_text(stdin)))


def _surrogate_error(source: str, at: int) -> ProgramError:
    line = source.count("\n", 0, at) + 1
    column = at - source.rfind("\n", 0, at)
    message = "the source holds a surrogate, which is no text"
    return ProgramError("UnicodeEncodeError", message, line, column, during="compile")
