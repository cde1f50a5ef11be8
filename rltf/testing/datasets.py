"""The check of datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from rltf import manager
from rltf.dataset import Dataset, Isolation
from rltf.errors import PluginError
from rltf.problem import Problem, TestCase
from rltf.sandbox.guest.shared.values import UnsupportedValue, encode
from rltf.testing.plugin_under_test import PluginUnderTest

_JUDGED = 8
"""Number of problems whose tests are run."""


def check_dataset(dataset: str | Dataset, **options: Any) -> None:
    """Raise ``AssertionError`` if a dataset breaks the contract of ``rltf.dataset.Dataset``.

    It runs the tests of the first problems in a sandbox.

    Args:
        dataset: Its registered name, or the dataset.
        options: Options for the factory of a registered one, such as ``path``.
    """
    plugin = PluginUnderTest("dataset", dataset, options)
    made: Dataset = plugin.make()
    plugin.require(isinstance(made.name, str) and made.name, "`name` must be text")
    plugin.require(isinstance(made.id_prefix, str), "`id_prefix` must be text, which may be empty")
    plugin.require(
        getattr(made, "isolation", "test") in get_args(Isolation),
        "`isolation`, where there is one, must be 'test' or 'program'",
    )
    problems = plugin.call("problems()", made.problems)
    plugin.require(
        isinstance(problems, Sequence) and problems, "problems() must be a sequence with problems"
    )
    for problem in problems:
        plugin.require(
            isinstance(problem, Problem), f"problems() holds {problem!r:.60}, which is no Problem"
        )
    _check_ids(plugin, made, problems)
    _check_order(plugin, made, problems)
    for problem in problems:
        _check_problem(plugin, problem)
    _run_tests(plugin, problems[:_JUDGED])


def _check_ids(plugin: PluginUnderTest, dataset: Dataset, problems: Sequence[Problem]) -> None:
    seen: set[str] = set()
    for problem in problems:
        plugin.require(
            isinstance(problem.task_id, str) and problem.task_id,
            f"the task id {problem.task_id!r} must be text",
        )
        # sample files may leave the prefix out
        short = problem.task_id.removeprefix(dataset.id_prefix)
        plugin.require(short not in seen, f"two problems have the task id {problem.task_id!r}")
        seen.add(short)
    skipped = dataset.skipped
    plugin.require(
        isinstance(skipped, Mapping)
        and all(isinstance(text, str) and text for pair in skipped.items() for text in pair),
        "`skipped` must map task ids to reasons in words",
    )
    for task_id in skipped:
        plugin.require(
            task_id.removeprefix(dataset.id_prefix) not in seen,
            f"problem {task_id!r} is in `skipped` and in problems()",
        )


def _check_order(plugin: PluginUnderTest, dataset: Dataset, problems: Sequence[Problem]) -> None:
    def order(problems: Sequence[Problem]) -> list[str]:
        return [problem.task_id for problem in problems]

    expected = order(problems)
    plugin.require(
        order(dataset.problems()) == expected, "a second call of problems() has another order"
    )
    if plugin.is_made:
        plugin.require(
            order(plugin.make().problems()) == expected, "made again, it has another order"
        )
    for split in {problem.split for problem in problems} - {""}:
        plugin.require(
            order(dataset.problems(split)) == order([p for p in problems if p.split == split]),
            f"problems({split!r}) must be those of problems() whose `split` is {split!r}",
        )


def _check_problem(plugin: PluginUnderTest, problem: Problem) -> None:
    subject = f"problem {problem.task_id!r}"
    plugin.require(isinstance(problem.prompt, str), f"the prompt of {subject} must be text")
    tests: Sequence[object] = plugin.call(f"reading the tests of {subject}", lambda: problem.tests)
    plugin.require(
        tests, f"{subject} has no tests: it can never be passed, and belongs in `skipped`"
    )
    for test in tests:
        if not isinstance(test, TestCase):
            plugin.fail(f"{subject} has the test {test!r:.60}, which is no TestCase")
        plugin.require(
            test.kind != "call" or problem.entry_point,
            f"{subject} has tests that call a function, but no entry_point",
        )
        try:
            encode(("", test.args))
            encode(test.expected)
        except UnsupportedValue as error:
            plugin.fail(f"{subject} has a test whose values cannot be given to a program: {error}")
    for program in problem.solutions:
        plugin.require(isinstance(program, str), f"the solutions of {subject} must be programs")
    try:
        manager.get("rule", problem.rule)
    except PluginError as error:
        plugin.fail(f"{subject}: {error}")


def _run_tests(plugin: PluginUnderTest, problems: Sequence[Problem]) -> None:
    """Judge a reference program, or an empty one: there must be a verdict."""
    from rltf.sandbox import Sandbox

    with Sandbox(workers=1) as sandbox:
        for problem in problems:
            verdict = sandbox.judge(problem, next(iter(problem.solutions), ""))
            plugin.require(
                verdict.status != "unscored",
                f"the tests of problem {problem.task_id!r} cannot be run: {verdict.reason}",
            )
