"""Somebody kills our processes again and again, and nothing is lost, nothing is judged wrongly."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase, Verdict
from rltf.sandbox import Sandbox
from rltf.sandbox.judging.worker import Isolation

APART = 20
"""Verdicts between two kills: more than are on their way at once, so that nothing is hit twice."""


def children_of(pid: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


class Killer(threading.Thread):
    """Kills a zygote or the program in one, at random moments that are some verdicts apart."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.killed: Counter[str] = Counter()
        self._sandbox = sandbox
        self._draw = random.Random(11)
        self._verdicts = 0
        self._due = threading.Event()
        self._done = False

    def verdict(self) -> None:
        """One more verdict is there."""
        self._verdicts += 1
        if self._verdicts >= APART:
            self._due.set()

    def stop(self) -> None:
        self._done = True
        self._due.set()
        self.join()

    def run(self) -> None:
        while not self._done:
            self._due.wait()
            if self._kill_child() if self._draw.random() < 0.5 else self._kill_zygote():
                self._verdicts = 0
                self._due.clear()

    def _some_zygote(self) -> list[int]:
        """After a moment, one of those that there are; none where all have just been killed."""
        time.sleep(self._draw.uniform(0, 0.01))
        pids = self._sandbox.pids
        return self._draw.sample(pids, min(1, len(pids)))

    def _kill_zygote(self) -> bool:
        return any(self._kill(os.getpid(), zygote, "zygote") for zygote in self._some_zygote())

    def _kill_child(self) -> bool:
        return any(
            self._kill(zygote, child, "child")
            for zygote in self._some_zygote()
            for child in children_of(zygote)
        )

    def _kill(self, parent: int, pid: int, what: str) -> bool:
        """Kills a child of ``parent``, and nobody who has its number by now."""
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        with os.fdopen(process, closefd=True):
            stat = Path(f"/proc/{pid}/stat")
            try:
                if int(stat.read_text().rpartition(")")[2].split()[1]) != parent:
                    return False
                signal.pidfd_send_signal(process, signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError):
                return False
        self.killed[what] += 1
        return True


def items(tests: int) -> Iterator[tuple[Problem, str, tuple[str, ...]]]:
    """Problems, programs that are right for this problem alone, and the status of every test."""
    draw = random.Random(5)
    number = 0
    while tests > 0:
        number += 1
        right = [draw.random() < 0.7 for _ in range(draw.randint(1, 5))]
        tests -= len(right)
        expected = [(x, 3 * x + number if ok else -1) for x, ok in enumerate(right)]
        source = f"def f(x):\n    return 3 * x + {number}"
        entry_point = "f"
        match number % 3:
            case 0:
                cases = [TestCase.stdin(f"{x}", f"{y}\n") for x, y in expected]
                source = f"print(3 * int(input()) + {number})"
            case 1:
                cases = [TestCase.call([x], y) for x, y in expected]
            case 2:
                cases = [TestCase.assertion(f"y = f({x}); assert y == {y}") for x, y in expected]
        problem = Problem(f"{number}", "", cases, entry_point=entry_point, limits=Limits(cpu_s=5))
        yield problem, source, tuple("passed" if ok else "wrong_answer" for ok in right)


@pytest.mark.parametrize("isolation", ["test", pytest.param("program", marks=pytest.mark.slow)])
@pytest.mark.parametrize("tests", [500, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.timeout(1200)
def test_every_verdict_is_right_and_in_order_whatever_is_killed(
    isolation: Isolation, tests: int
) -> None:
    todo = list(items(tests))
    found = []
    with Sandbox(workers=2, isolation=isolation) as sandbox:
        killer = Killer(sandbox)
        killer.start()
        try:
            for verdict in sandbox.judge_many((problem, source) for problem, source, _ in todo):
                found.append(verdict)
                killer.verdict()
        finally:
            killer.stop()
    assert len(found) == len(todo)
    differences = [
        f"{problem.task_id} ({problem.tests[0].kind}): {verdict.tests}, not {statuses}"
        for verdict, (problem, _, statuses) in zip(found, todo, strict=True)
        if tuple(outcome.status for outcome in verdict.tests) != statuses
    ]
    assert differences == []
    assert min(killer.killed["zygote"], killer.killed["child"]) >= tests // 400


CODE = Problem("code", "", [TestCase.assertion("x = f(); assert x == 1")], limits=Limits(cpu_s=5))


@pytest.mark.parametrize("isolation", ["test", "program"])
def test_a_candidate_that_is_killed_under_its_judge_is_run_again(isolation: Isolation) -> None:
    source = "import time\ndef f():\n    time.sleep(0.2)\n    return 1"
    with Sandbox(workers=1, isolation=isolation) as sandbox:

        def judge_into(found: list[Verdict]) -> None:
            found.append(sandbox.judge(CODE, source))

        assert sandbox.judge(CODE, "def f(): return 1").passed
        for zygote in sandbox.pids:
            found: list[Verdict] = []
            judge = threading.Thread(target=judge_into, args=(found,))
            before = children_of(zygote)
            judge.start()
            while not (fresh := [pid for pid in children_of(zygote) if pid not in before]):
                pass
            os.kill(fresh[0], signal.SIGKILL)
            judge.join()
            assert [verdict.status for verdict in found] == ["passed"], found


@pytest.mark.parametrize(
    ("death", "status", "said"),
    [
        ("import os; os.abort()", "crashed", "ended by signal 6"),
        ("import os; os._exit(3)", "runtime_error", "exit code 3"),
        ("print('x' * 100_000)", "output_limit", "more than 50000 bytes"),
    ],
)
def test_how_a_function_ended_its_process_is_no_race(
    any_sandbox: Sandbox, death: str, status: str, said: str
) -> None:
    limits = Limits(cpu_s=5, output_bytes=50_000)
    problem = Problem("code", "", CODE.tests, limits=limits)
    items = [(problem, f"def f():\n    {death}\n    return 1")] * 20
    for verdict in any_sandbox.judge_many(items):
        assert verdict.status == status
        assert verdict.error is not None
        assert said in verdict.error.message
