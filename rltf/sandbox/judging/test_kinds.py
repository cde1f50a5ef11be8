"""Which class judges which test of a problem."""

from __future__ import annotations

from rltf.problem import Problem, TestCase
from rltf.sandbox.judging import outcomes
from rltf.sandbox.judging.code_tests import AssertTests, GuardedTests
from rltf.sandbox.judging.data_tests import CallTests, DataTests, LiteralTests, StdinTests
from rltf.sandbox.judging.judging_task import TestKind
from rltf.sandbox.judging.literal_asserts import literal_assert
from rltf.sandbox.judging.name_origins import names_of
from rltf.verdict import TestOutcome

Group = tuple[type[TestKind], list[int]]
"""A kind, and the indices of the problem's tests that are of that kind."""


class UnscoredTests(TestKind):
    """Tests that no program can be judged by, because a name in them has no known origin."""

    def judge(self) -> list[TestOutcome]:
        names = names_of(self.task.problem)
        unscored = [outcomes.unscored(names.reason(index)) for index in self.task.indices]
        return unscored[:1] if self.task.stop_on_failure else unscored


def group(problem: Problem, shared: bool) -> list[Group]:
    """Group the tests of a problem by kind.

    Where tests share a process, asserts of both kinds are judged as code, so that each sees what
    those before it did.
    """
    kinds = [_kind_of(problem, index, test) for index, test in enumerate(problem.tests)]
    if shared and AssertTests in kinds:
        kinds = [AssertTests if kind is LiteralTests else kind for kind in kinds]
    groups: dict[type[TestKind], list[int]] = {}
    for index, kind in enumerate(kinds):
        groups.setdefault(kind, []).append(index)
    return list(groups.items())


def _kind_of(problem: Problem, index: int, test: TestCase) -> type[TestKind]:
    if test.kind == "stdin":
        return StdinTests
    if test.kind == "call":
        return CallTests
    names = names_of(problem)
    if names.reason(index):
        return UnscoredTests
    if test.guarded:
        return GuardedTests
    parsed = None if problem.setup_code else literal_assert(test.code)
    if parsed is not None and parsed.function in names.program:
        return LiteralTests
    return AssertTests


def runs_code_of_problem(problem: Problem) -> bool:
    """Return whether code of the problem takes part in judging. It may draw random inputs."""
    return bool(problem.checker) or any(
        not issubclass(kind, DataTests) for kind, _ in group(problem, shared=False)
    )
