"""The check of executors."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from rltf.testing.plugin_under_test import PluginUnderTest
from rltf.testing.sample_corpus import CALLED, LIMITS, PROGRAMS, UNTESTED
from rltf.verdict import STATUSES, Verdict

EXPECTED = {
    "right": "passed",
    "right, reading": "passed",
    "right for one test": "wrong_answer",
    "error on a line": "runtime_error",
    "syntax error": "syntax_error",
    "timeout": "timeout",
}
"""Programs of ``sample_corpus.PROGRAMS`` to the status that every executor must return."""
COMMON_OPTIONS: Mapping[str, Any] = {"workers": 1, "limits": LIMITS}
"""Options that commands pass to executors."""


def check_executor(executor: Any, **options: Any) -> None:
    """Raise ``AssertionError`` if an executor does not judge like ``rltf.Sandbox``.

    Args:
        executor: Its registered name, or the executor, which is not closed.
        options: Options for the factory of a registered one.
    """
    is_name = isinstance(executor, str)
    plugin = PluginUnderTest(
        "executor", executor, {**COMMON_OPTIONS, **options} if is_name else options
    )
    made = plugin.make()
    plugin.require(
        not is_name or (hasattr(made, "__enter__") and hasattr(made, "__exit__")),
        "it must be usable in a with statement, at whose end it is closed",
    )
    with made if is_name else nullcontext(made) as opened:
        _check_verdicts(plugin, opened)
        _check_order(plugin, opened)
        result = plugin.call("run() of a program", opened.run, "print(input())", "é\n")
        plugin.require(
            (result.status, result.stdout) == ("passed", "é\n"),
            f"run() gives status {result.status!r} and output {result.stdout!r} for an echo of 'é'",
        )


def _check_verdicts(plugin: PluginUnderTest, executor: Any) -> None:
    for name, status in EXPECTED.items():
        problem, program = PROGRAMS[name]
        subject = f"judge() of a program ({name})"
        verdict = plugin.call(subject, executor.judge, problem, program)
        if not isinstance(verdict, Verdict):
            plugin.fail(f"{subject} gives {verdict!r:.60}, which is no Verdict")
        plugin.require(
            verdict.status == status, f"{subject} gives {verdict.status!r}, not {status!r}"
        )
        plugin.require(
            len(verdict.tests) == len(problem.tests),
            f"{subject} gives {len(verdict.tests)} outcomes for {len(problem.tests)} tests",
        )
        plugin.require(
            all(test.status in STATUSES for test in verdict.tests),
            f"{subject} has a test with a status that rltf does not have",
        )
        if name == "error on a line":
            plugin.require(
                verdict.error
                and (verdict.error.type, verdict.error.line) == ("ZeroDivisionError", 2),
                f"{subject} does not name the ZeroDivisionError on line 2, but {verdict.error}",
            )
    verdict = executor.judge(UNTESTED, "")
    plugin.require(
        verdict.status == "unscored",
        f"a problem without tests gives {verdict.status!r}; nobody can pass it: 'unscored'",
    )


def _check_order(plugin: PluginUnderTest, executor: Any) -> None:
    names = [*EXPECTED] * 2
    items = [PROGRAMS[name] for name in names]
    expected = [EXPECTED[name] for name in names]
    got = [verdict.status for verdict in executor.judge_many(iter(items))]
    plugin.require(got == expected, f"judge_many() is not in the order of its items: {got}")
    pairs = dict(executor.judge_many(iter(items), as_completed=True))
    plugin.require(
        [pairs[index].status for index in range(len(items)) if index in pairs] == expected,
        "judge_many(as_completed=True) must give the index of each item with its verdict, once",
    )
    plugin.require(
        next(executor.judge_many([(CALLED, "")])).status == executor.judge(CALLED, "").status,
        "judge_many() and judge() give one program two statuses",
    )
