"""Which class judges which test of a problem."""

from __future__ import annotations

from rltf.problem import Problem, TestCase
from rltf.sandbox.judging import judging_mode, outcomes
from rltf.sandbox.judging.code_tests import AssertTests, GuardedTests
from rltf.sandbox.judging.data_tests import CallTests, DataTests, LiteralTests, StdinTests
from rltf.sandbox.judging.judging_task import TestKind
from rltf.sandbox.judging.literal_asserts import literal_assert
from rltf.sandbox.judging.name_origins import names_of
from rltf.verdict import JudgingChoice, TestOutcome

Group = tuple[type[TestKind], list[int]]
"""A kind, and the indices of the problem's tests that are of that kind."""


class UnscoredTests(TestKind):
    """Tests that no program can be judged by in the modes that are allowed."""

    def judge(self) -> list[TestOutcome]:
        task = self.task
        modes = [judging_mode.of(task.problem, index, task.judging) for index in task.indices]
        unscored = [
            judging_mode.unsplit(mode.reason)
            if mode.judging == "unsplit"
            else outcomes.unscored(mode.reason)
            for mode in modes
        ]
        return unscored[:1] if task.stop_on_failure else unscored


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
