"""A verdict is the same on an idle machine and on one that has no time."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox
from rltf.sandbox.client import cpu_cores

SPIN = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"

LIMITS = Limits(cpu_s=0.2, wall_s=0.6)
BURN = "import time\nwhile time.process_time() < {}: pass"
PROBLEMS = {
    "script": Problem("script", "", [TestCase.stdin("", "done\n")], limits=LIMITS),
    "call": Problem("call", "", [TestCase.call([], "done")], entry_point="f", limits=LIMITS),
    "code": Problem("code", "", [TestCase.assertion("x = f(); assert x == 'done'")], limits=LIMITS),
}


@contextmanager
def oversubscribed(per_core: int = 8) -> Iterator[None]:
    """So many busy processes for every core, as long as it lasts.

    Each has a session of its own, as a zygote has: the kernel may share the cores between sessions.
    """
    command = [sys.executable, "-I", "-S", "-c", SPIN]
    spinners = [
        subprocess.Popen(command, start_new_session=True)
        for _ in range(per_core * cpu_cores.available())
    ]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
        for spinner in spinners:
            spinner.wait()


@pytest.fixture(params=["idle", pytest.param("loaded", marks=pytest.mark.slow)])
def machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """The machine with nothing else to do, and with far too much."""
    if request.param == "idle":
        yield
    else:
        with oversubscribed():
            yield


def program(kind: str, work: str, answer: str) -> str:
    """A program for the problem of that kind: it works, then it answers."""
    if kind == "script":
        return f"{work}\nprint({answer!r})"
    indented = work.replace("\n", "\n    ")
    return f"def f():\n    {indented}\n    return {answer!r}"


def turns_for(cpu_s: float, sandbox: Sandbox) -> int:
    """Turns of an empty loop that take about so long."""
    turns = 1_000_000
    return int(turns * cpu_s / sandbox.run(f"for _ in range({turns}): pass").cpu_s)


def mixed(number: int, sandbox: Sandbox) -> list[tuple[Problem, str, str]]:
    """Problems, programs and their statuses: half of them near the CPU limit, half ordinary."""
    draw = random.Random(7)
    # without a look at the clock, how long it takes is the machine's affair: stay well away
    counted = f"for _ in range({turns_for(0.3 * LIMITS.cpu_s, sandbox)}): pass"
    found = []
    for i in range(number):
        below = BURN.format(LIMITS.cpu_s * draw.uniform(0.7, 0.9))
        above = BURN.format(LIMITS.cpu_s * draw.uniform(1.1, 1.3))
        work, answer, status = [
            (below, "done", "passed"),
            ("pass", "done", "passed"),
            (above, "done", "timeout"),
            ("import time; time.sleep(0.1)", "done", "passed"),
            (below, "done", "passed"),
            ("pass", "dull", "wrong_answer"),
            ("while True: pass", "done", "timeout"),
            ("import time; time.sleep(30)", "done", "timeout"),
            (below, "dull", "wrong_answer"),
            (counted, "done", "passed"),
            (above, "dull", "timeout"),
            ("raise KeyError(1)", "done", "runtime_error"),
        ][i % 12]
        kind = list(PROBLEMS)[(i + i // 12) % 3]
        found.append((PROBLEMS[kind], program(kind, work, answer), status))
    return found


def differences(sandbox: Sandbox, items: list[tuple[Problem, str, str]]) -> list[str]:
    """What is judged otherwise than it should be."""
    verdicts = sandbox.judge_many([(problem, source) for problem, source, _ in items])
    return [
        f"{source!r} is {verdict.status}, not {status}: {verdict.reason or verdict.error}"
        for (_, source, status), verdict in zip(items, verdicts, strict=True)
        if verdict.status != status
    ]


@pytest.mark.one_in(2)
def test_statuses_are_the_same_idle_and_loaded(any_sandbox: Sandbox) -> None:
    items = mixed(24, any_sandbox)
    assert differences(any_sandbox, items) == []
    with oversubscribed(per_core=1):
        assert differences(any_sandbox, items[:12]) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_not_one_status_of_500_programs_differs(any_sandbox: Sandbox) -> None:
    items = mixed(500, any_sandbox)
    for _ in range(3):
        assert differences(any_sandbox, items) == []
        with oversubscribed():
            assert differences(any_sandbox, items) == []


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("kind", PROBLEMS)
def test_a_program_that_sleeps_is_ended_at_its_wall_limit(any_sandbox: Sandbox, kind: str) -> None:
    source = program(kind, "import time; time.sleep(60)", "done")
    (outcome,) = any_sandbox.judge(PROBLEMS[kind], source).tests
    assert outcome.status == "timeout"
    assert outcome.error is not None
    assert "wall" in outcome.error.message


@pytest.mark.usefixtures("machine")
def test_a_program_that_sleeps_most_of_the_time_is_ended_at_its_wall_limit(
    any_sandbox: Sandbox,
) -> None:
    source = (
        "import time\nwhile True:\n"
        "    end = time.process_time() + 0.01\n"
        "    while time.process_time() < end: pass\n"
        "    time.sleep(0.09)"
    )
    result = any_sandbox.run(source, limits=Limits(cpu_s=5, wall_s=0.5))
    assert result.status == "timeout"
    assert result.error is not None
    assert "wall" in result.error.message
    assert result.cpu_s < 0.5  # a tenth of the time that it is charged for


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("burnt_s", "wall_s"),
    [
        (0.25, 0.375),
        pytest.param(1, 1.5, marks=pytest.mark.slow),
        pytest.param(1, 1.1, marks=pytest.mark.slow),
    ],
)
def test_waiting_for_a_core_is_not_charged(
    any_sandbox: Sandbox, burnt_s: float, wall_s: float
) -> None:
    limits = Limits(cpu_s=2 * burnt_s, wall_s=wall_s)
    result = any_sandbox.run(BURN.format(burnt_s), limits=limits)
    assert result.status == "passed", result


@pytest.mark.slow
def test_a_judge_is_not_charged_for_a_candidate_that_waits_for_a_core(any_sandbox: Sandbox) -> None:
    limits = Limits(cpu_s=2.5, wall_s=3)
    problem = Problem("t", "", PROBLEMS["code"].tests, limits=limits)
    with oversubscribed():
        verdict = any_sandbox.judge(problem, program("code", BURN.format(2), "done"))
    assert verdict.passed, verdict


@pytest.mark.usefixtures("machine")
def test_a_candidate_is_not_charged_for_a_judge_that_waits_for_a_core(any_sandbox: Sandbox) -> None:
    code = f"x = f()\n{BURN.format(0.25)}\nassert x == f()"
    limits = Limits(cpu_s=1, wall_s=0.5)
    problem = Problem("t", "", [TestCase.assertion(code)], limits=limits)
    verdict = any_sandbox.judge(problem, "def f(): return 1")
    assert verdict.passed, verdict
