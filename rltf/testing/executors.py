"""Check of executors."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from rltf.testing.plugin_under_test import Subject
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
"""Programs of ``judged.PROGRAMS``, and the statuses that every executor must find."""
FORWARDED: Mapping[str, Any] = {"workers": 1, "limits": LIMITS}
"""Options that commands give to executors."""


def check_executor(executor: Any, **options: Any) -> None:
    """Raise ``AssertionError`` where an executor does not judge as ``rltf.Sandbox`` does.

    Args:
        executor: its registered name, or the executor, which is not closed.
        options: for the factory of a registered one.
    """
    is_name = isinstance(executor, str)
    subject = Subject("executor", executor, {**FORWARDED, **options} if is_name else options)
    made = subject.make()
    subject.require(
        not is_name or (hasattr(made, "__enter__") and hasattr(made, "__exit__")),
        "it must be usable in a with statement, at whose end it is closed",
    )
    with made if is_name else nullcontext(made) as opened:
        _check_verdicts(subject, opened)
        _check_order(subject, opened)
        result = subject.call("run() of a program", opened.run, "print(input())", "é\n")
        subject.require(
            (result.status, result.stdout) == ("passed", "é\n"),
            f"run() gives status {result.status!r} and output {result.stdout!r} for an echo of 'é'",
        )


def _check_verdicts(subject: Subject, executor: Any) -> None:
    for name, status in EXPECTED.items():
        problem, program = PROGRAMS[name]
        what = f"judge() of a program ({name})"
        verdict = subject.call(what, executor.judge, problem, program)
        if not isinstance(verdict, Verdict):
            subject.fail(f"{what} gives {verdict!r:.60}, which is no Verdict")
        subject.require(
            verdict.status == status, f"{what} gives {verdict.status!r}, not {status!r}"
        )
        subject.require(
            len(verdict.tests) == len(problem.tests),
            f"{what} gives {len(verdict.tests)} outcomes for {len(problem.tests)} tests",
        )
        subject.require(
            all(test.status in STATUSES for test in verdict.tests),
            f"{what} has a test with a status that rltf does not have",
        )
        if name == "error on a line":
            subject.require(
                verdict.error
                and (verdict.error.type, verdict.error.line) == ("ZeroDivisionError", 2),
                f"{what} does not name the ZeroDivisionError on line 2, but {verdict.error}",
            )
    verdict = executor.judge(UNTESTED, "")
    subject.require(
        verdict.status == "unscored",
        f"a problem without tests gives {verdict.status!r}; nobody can pass it: 'unscored'",
    )


def _check_order(subject: Subject, executor: Any) -> None:
    names = [*EXPECTED] * 2
    items = [PROGRAMS[name] for name in names]
    expected = [EXPECTED[name] for name in names]
    got = [verdict.status for verdict in executor.judge_many(iter(items))]
    subject.require(got == expected, f"judge_many() is not in the order of its items: {got}")
    pairs = dict(executor.judge_many(iter(items), as_completed=True))
    subject.require(
        [pairs[index].status for index in range(len(items)) if index in pairs] == expected,
        "judge_many(as_completed=True) must give the index of each item with its verdict, once",
    )
    subject.require(
        next(executor.judge_many([(CALLED, "")])).status == executor.judge(CALLED, "").status,
        "judge_many() and judge() give one program two statuses",
    )
