"""What the check of executors finds, each time in a real sandbox with one thing broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rltf import Problem, Sandbox, Verdict, testing
from rltf.testing.sample_corpus import LIMITS


@pytest.fixture(scope="module")
def real() -> Iterator[Sandbox]:
    with Sandbox(workers=1, limits=LIMITS) as sandbox:
        yield sandbox


class Executor:
    """Passes on what it is asked, to a real sandbox."""

    def __init__(self, real: Sandbox) -> None:
        self.real = real

    def judge(self, problem: Problem, program: str) -> Any:
        return self.real.judge(problem, program)

    def judge_many(self, items: Any, as_completed: bool = False) -> Any:
        for index, item in enumerate(items):
            verdict = self.judge(*item)
            yield (index, verdict) if as_completed else verdict

    def run(self, code: str, stdin: str = "") -> Any:
        return self.real.run(code, stdin)


def judged(executor: Executor, problem: Problem, program: str) -> Verdict:
    return executor.real.judge(problem, program)


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "no verdict": ({"judge": lambda *arguments: True}, "which is no Verdict"),
    "everything passes": (
        {"judge": lambda *arguments: replace(judged(*arguments), status="passed")},
        r"\(right for one test\) gives 'passed', not 'wrong_answer'",
    ),
    "a problem without tests passes": (
        {
            "judge": lambda *arguments: (
                replace(judged(*arguments), status="passed")
                if not arguments[1].tests
                else judged(*arguments)
            )
        },
        "a problem without tests gives 'passed'",
    ),
    "one outcome for all tests": (
        {
            "judge": lambda *arguments: replace(
                judged(*arguments), tests=judged(*arguments).tests[:1]
            )
        },
        "gives 1 outcomes for 3 tests",
    ),
    "no error": (
        {"judge": lambda *arguments: replace(judged(*arguments), error=None)},
        "does not name the ZeroDivisionError on line 2, but None",
    ),
    "fails": ({"judge": lambda *arguments: 1 / 0}, "raises ZeroDivisionError"),
    "no order": (
        {"judge_many": lambda self, items: iter([self.judge(*item) for item in items][::-1])},
        "not in the order of its items",
    ),
    "no indices": (
        {
            "judge_many": lambda self, items, as_completed=False: iter(
                [(0, self.judge(*item)) if as_completed else self.judge(*item) for item in items]
            )
        },
        "must give the index of each item",
    ),
    "no input": (
        {"run": lambda self, code, stdin="": self.real.run(code)},
        "run\\(\\) gives status 'runtime_error'",
    ),
}


def test_a_good_executor_passes(real: Sandbox) -> None:
    testing.check_executor(Executor(real))


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_executor_is_found(broken: str, real: Sandbox) -> None:
    parts, message = BROKEN[broken]
    executor = type("Broken", (Executor,), parts)(real)
    with pytest.raises(AssertionError, match=message) as caught:
        testing.check_executor(executor)
    assert "\n" not in str(caught.value)
