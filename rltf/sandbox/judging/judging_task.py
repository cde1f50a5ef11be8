"""What a kind of tests needs to be judged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rltf.limits import Limits
from rltf.problem import Problem, Rule, TestCase
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.client.zygote_set import ZygoteSet
from rltf.sandbox.judging.checker_client import CheckerTrials
from rltf.sandbox.judging.test_files import FilledFolder
from rltf.verdict import JudgingChoice, TestOutcome


@dataclass(frozen=True)
class Task:
    """A program, the tests of one kind that it is judged against, and how."""

    problem: Problem
    source: str
    indices: Sequence[int]
    """Which tests of the problem."""
    rule: Rule
    limits: Limits
    zygotes: ZygoteSet
    trials: CheckerTrials
    shared: bool
    """Whether all of the tests run in one process."""
    stop_on_failure: bool
    on_result: Callable[[ChildResult], object] | None = None
    """Called with the result of each test that is data."""
    folder: FilledFolder | None = None
    """The folder for files that each process of these tests has."""
    judging: JudgingChoice = "auto"
    """Whether code of the tests may run in the program's process."""

    @cached_property
    def tests(self) -> list[TestCase]:
        """The tests themselves."""
        return [self.problem.tests[index] for index in self.indices]


class TestKind(ABC):
    """Judges the tests of one kind: runs the program, then compares what it gave."""

    __test__ = False  # not a class for pytest

    def __init__(self, task: Task) -> None:
        self.task = task

    @abstractmethod
    def judge(self) -> list[TestOutcome]:
        """Return one outcome for each test, or those up to the first failure."""
