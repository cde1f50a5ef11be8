"""Check of datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from rltf import manager
from rltf.dataset import Dataset, Isolation
from rltf.manager import PluginError
from rltf.problem import Problem, TestCase
from rltf.sandbox.guest.both.values import UnsupportedValue, encode
from rltf.testing.plugin_under_test import Subject

_TRIED = 8
"""Problems whose tests are run."""


def check_dataset(dataset: str | Dataset, **options: Any) -> None:
    """Raise ``AssertionError`` where a dataset breaks the contract of ``rltf.dataset.Dataset``.

    The tests of its first problems are run in a sandbox.

    Args:
        dataset: its registered name, or the dataset.
        options: for the factory of a registered one, such as ``path``.
    """
    subject = Subject("dataset", dataset, options)
    made: Dataset = subject.make()
    subject.require(isinstance(made.name, str) and made.name, "`name` must be text")
    subject.require(isinstance(made.id_prefix, str), "`id_prefix` must be text, which may be empty")
    subject.require(
        getattr(made, "isolation", "test") in get_args(Isolation),
        "`isolation`, where there is one, must be 'test' or 'program'",
    )
    problems = subject.call("problems()", made.problems)
    subject.require(
        isinstance(problems, Sequence) and problems, "problems() must be a sequence with problems"
    )
    for problem in problems:
        subject.require(
            isinstance(problem, Problem), f"problems() holds {problem!r:.60}, which is no Problem"
        )
    _check_ids(subject, made, problems)
    _check_order(subject, made, problems)
    for problem in problems:
        _check_problem(subject, problem)
    _run_tests(subject, problems[:_TRIED])


def _check_ids(subject: Subject, dataset: Dataset, problems: Sequence[Problem]) -> None:
    seen: set[str] = set()
    for problem in problems:
        subject.require(
            isinstance(problem.task_id, str) and problem.task_id,
            f"the task id {problem.task_id!r} must be text",
        )
        # sample files may leave the prefix out
        short = problem.task_id.removeprefix(dataset.id_prefix)
        subject.require(short not in seen, f"two problems have the task id {problem.task_id!r}")
        seen.add(short)
    skipped = dataset.skipped
    subject.require(
        isinstance(skipped, Mapping)
        and all(isinstance(text, str) and text for pair in skipped.items() for text in pair),
        "`skipped` must map task ids to reasons in words",
    )
    for task_id in skipped:
        subject.require(
            task_id.removeprefix(dataset.id_prefix) not in seen,
            f"problem {task_id!r} is in `skipped` and in problems()",
        )


def _check_order(subject: Subject, dataset: Dataset, problems: Sequence[Problem]) -> None:
    def order(problems: Sequence[Problem]) -> list[str]:
        return [problem.task_id for problem in problems]

    expected = order(problems)
    subject.require(
        order(dataset.problems()) == expected, "a second call of problems() has another order"
    )
    if subject.is_made:
        subject.require(
            order(subject.make().problems()) == expected, "made again, it has another order"
        )
    for split in {problem.split for problem in problems} - {""}:
        subject.require(
            order(dataset.problems(split)) == order([p for p in problems if p.split == split]),
            f"problems({split!r}) must be those of problems() whose `split` is {split!r}",
        )


def _check_problem(subject: Subject, problem: Problem) -> None:
    what = f"problem {problem.task_id!r}"
    subject.require(isinstance(problem.prompt, str), f"the prompt of {what} must be text")
    tests: Sequence[object] = subject.call(f"reading the tests of {what}", lambda: problem.tests)
    subject.require(tests, f"{what} has no tests: it can never be passed, and belongs in `skipped`")
    for test in tests:
        if not isinstance(test, TestCase):
            subject.fail(f"{what} has the test {test!r:.60}, which is no TestCase")
        subject.require(
            test.kind != "call" or problem.entry_point,
            f"{what} has tests that call a function, but no entry_point",
        )
        try:
            encode(("", test.args))
            encode(test.expected)
        except UnsupportedValue as error:
            subject.fail(f"{what} has a test whose values cannot be given to a program: {error}")
    for program in problem.solutions:
        subject.require(isinstance(program, str), f"the solutions of {what} must be programs")
    try:
        manager.get("rule", problem.rule)
    except PluginError as error:
        subject.fail(f"{what}: {error}")


def _run_tests(subject: Subject, problems: Sequence[Problem]) -> None:
    """Run a reference program, or an empty one, which must have a verdict, whatever it is."""
    from rltf.sandbox import Sandbox

    with Sandbox(workers=1) as sandbox:
        for problem in problems:
            verdict = sandbox.judge(problem, next(iter(problem.solutions), ""))
            subject.require(
                verdict.status != "unscored",
                f"the tests of problem {problem.task_id!r} cannot be run: {verdict.reason}",
            )
