"""A worker: judges one program at a time, each test of its problem with the class for its kind."""

from __future__ import annotations

from collections.abc import Callable

from rltf.dataset import Isolation
from rltf.limits import Limits
from rltf.problem import Problem, Rule, TestCase
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.client.zygote_set import ZygoteSet
from rltf.sandbox.guest.shared.wire import (
    PROGRAM_FULL_STDERR,
    PROGRAM_FULL_STDOUT,
    PROGRAM_SHARED,
)
from rltf.sandbox.judging import judging_mode, literal_answers, outcomes
from rltf.sandbox.judging.checker_client import CheckerTrials
from rltf.sandbox.judging.code_tests import AssertTests, GuardedTests
from rltf.sandbox.judging.data_tests import (
    CallTests,
    DataTests,
    LiteralTests,
    StdinTests,
    encode_text,
)
from rltf.sandbox.judging.judging_task import Task, TestKind
from rltf.sandbox.judging.literal_asserts import literal_assert
from rltf.sandbox.judging.name_origins import names_of
from rltf.sandbox.judging.outcomes import unscored
from rltf.sandbox.judging.test_batches import ProgramSpec, TestJob, run_once
from rltf.sandbox.judging.test_files import FilledFolder, folder_of
from rltf.verdict import JudgingChoice, ProgramError, TestOutcome, Verdict

Group = tuple[type[TestKind], list[int]]
"""A kind, and the indices of the problem's tests that are of that kind."""


class UnscoredTests(TestKind):
    """Tests that no program can be judged by in the modes that are allowed."""

    def judge(self) -> list[TestOutcome]:
        task = self.task
        modes = [judging_mode.of(task.problem, index, task.judging) for index in task.indices]
        outcomes_of_modes = [
            judging_mode.unsplit(mode.reason)
            if mode.judging == "unsplit"
            else outcomes.unscored(mode.reason)
            for mode in modes
        ]
        return outcomes_of_modes[:1] if task.stop_on_failure else outcomes_of_modes


def group(problem: Problem, shared: bool, judging: JudgingChoice = "auto") -> list[Group]:
    """Group the tests of a problem by kind.

    Where tests share a process, asserts of both kinds are judged as code, so that each sees what
    those before it did.
    """
    kinds = [_kind_of(problem, index, test, judging) for index, test in enumerate(problem.tests)]
    if shared and AssertTests in kinds:
        kinds = [AssertTests if kind is LiteralTests else kind for kind in kinds]
    groups: dict[type[TestKind], list[int]] = {}
    for index, kind in enumerate(kinds):
        groups.setdefault(kind, []).append(index)
    return list(groups.items())


def _kind_of(
    problem: Problem, index: int, test: TestCase, judging: JudgingChoice
) -> type[TestKind]:
    if test.kind == "stdin":
        return StdinTests
    if test.kind == "call":
        return CallTests
    mode = judging_mode.of(problem, index, judging).judging
    if mode in ("unscored", "unsplit"):
        return UnscoredTests
    if mode == "guarded":
        return GuardedTests
    parsed = None if problem.setup_code else literal_assert(test.code)
    if parsed is not None and parsed.function in names_of(problem).program:
        return LiteralTests
    return AssertTests


def runs_code_of_problem(problem: Problem) -> bool:
    """Return whether code of the problem takes part in judging. It may draw random inputs."""
    return bool(problem.checker) or any(
        not issubclass(kind, DataTests) for kind, _ in group(problem, shared=False)
    )


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
        for kind, indices in group(problem, shared, self._judging):
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
