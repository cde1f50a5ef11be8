"""Streams of jobs, with kills, cancellations and closes among them: every verdict once, and right."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rltf import Limits, Problem, TestCase, Verdict
from rltf.sandbox import Sandbox
from rltf.sandbox.judging.worker import Isolation

EFFORT = settings.get_profile(os.environ.get("RLTF_FUZZ", "quick"))
FEW = settings(EFFORT, max_examples=max(4, EFFORT.max_examples // 40))

LIMITS = Limits(cpu_s=5.0, wall_s=20.0)
MOST_KILLS = 2  # a test is tried three times


@dataclass(frozen=True)
class Task:
    """A program that adds its number, and tests of which some want something else."""

    number: int
    kinds: tuple[str, ...]
    right: tuple[bool, ...]

    @property
    def source(self) -> str:
        return (
            f"def f(x): return x + {self.number}\n"
            "if __name__ == '__main__':\n    print(f(int(input())))"
        )

    @property
    def problem(self) -> Problem:
        tests = []
        for x, (kind, right) in enumerate(zip(self.kinds, self.right, strict=True)):
            y = x + self.number if right else -1
            match kind:
                case "stdin":
                    tests.append(TestCase.stdin(f"{x}", f"{y}\n"))
                case "call":
                    tests.append(TestCase.call([x], y))
                case "literal":
                    tests.append(TestCase.assertion(f"assert f({x}) == {y}"))
                case "code":
                    tests.append(TestCase.assertion(f"y = f({x})\nassert y == {y}"))
        return Problem(f"{self.number}", "", tests, entry_point="f", limits=LIMITS)

    def is_told_by(self, verdict: Verdict, stop: bool) -> bool:
        """Whether a verdict says what is so."""
        passed = [test.status == "passed" for test in verdict.tests]
        known = all(test.status in ("passed", "wrong_answer") for test in verdict.tests)
        if not stop:
            return known and passed == list(self.right)
        failed = not all(passed)
        ran = len(passed) + verdict.not_run == len(self.right)
        return known and ran and failed == (not all(self.right))


@st.composite
def tasks(draw: st.DrawFn) -> list[Task]:
    made = []
    for number in range(draw(st.integers(1, 25))):
        kinds = draw(
            st.lists(st.sampled_from(["stdin", "call", "literal", "code"]), min_size=1, max_size=4)
        )
        right = draw(st.lists(st.booleans(), min_size=len(kinds), max_size=len(kinds)))
        made.append(Task(number, tuple(kinds), tuple(right)))
    return made


SANDBOXES = st.fixed_dictionaries(
    {
        "workers": st.integers(1, 3),
        "isolation": st.sampled_from(["test", "program"]),
        "stop_on_failure": st.booleans(),
    }
)


def children(pid: int | str) -> list[int]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [
            int(child)
            for thread in Path(f"/proc/{pid}/task").iterdir()
            for child in (thread / "children").read_text().split()
        ]
    return []


def is_ended(pid: int) -> bool:
    """Whether nobody has waited for it yet: orphans come to us where other tests have asked for them."""
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"
    return True


@contextlib.contextmanager
def sandbox(workers: int, isolation: Isolation, stop_on_failure: bool) -> Iterator[Sandbox]:
    """A sandbox that leaves no process and no descriptor behind."""
    gc.collect()  # what other tests have left is not this one's
    processes, descriptors = set(children("self")), len(os.listdir("/proc/self/fd"))
    with Sandbox(workers, isolation, stop_on_failure=stop_on_failure) as made:
        yield made
    assert {pid for pid in children("self") if not is_ended(pid)} <= processes
    assert len(os.listdir("/proc/self/fd")) == descriptors


def kill(made: Sandbox, a_child: bool, which: int) -> None:
    """Kills one of the processes there are, of ours."""
    zygotes = [pid for pid in made.pids if pid in children("self")]
    pids = [child for pid in zygotes for child in children(pid)] if a_child else zygotes
    if pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pids[which % len(pids)], signal.SIGKILL)


KILLS = st.dictionaries(
    st.integers(0, 20), st.tuples(st.booleans(), st.integers(0, 5)), max_size=MOST_KILLS
)


@FEW
@given(SANDBOXES, tasks(), KILLS, st.booleans())
@pytest.mark.timeout(900)
def test_every_verdict_comes_once_and_is_right_whatever_is_killed(
    how: dict[str, object],
    todo: list[Task],
    kills: dict[int, tuple[bool, int]],
    as_completed: bool,
) -> None:
    items = [(task.problem, task.source) for task in todo]
    by_index: dict[int, Verdict] = {}
    with sandbox(**how) as made:  # type: ignore[arg-type]
        verdicts = made.judge_many(items, as_completed=True) if as_completed else None
        numbered = verdicts or enumerate(made.judge_many(items))
        for index, verdict in numbered:
            assert index not in by_index
            by_index[index] = verdict
            if len(by_index) - 1 in kills:
                kill(made, *kills[len(by_index) - 1])
    assert sorted(by_index) == list(range(len(todo)))
    for index, task in enumerate(todo):
        assert task.is_told_by(by_index[index], bool(how["stop_on_failure"])), (
            task,
            by_index[index],
        )


@FEW
@given(SANDBOXES, tasks(), st.sets(st.integers(0, 24)), st.integers(0, 5))
@pytest.mark.timeout(900)
def test_what_is_cancelled_disturbs_nothing_else(
    how: dict[str, object], todo: list[Task], cancelled: set[int], pause: int
) -> None:
    async def main(made: Sandbox) -> list[object]:
        running = [
            asyncio.create_task(made.judge_async(task.problem, task.source)) for task in todo
        ]
        await asyncio.sleep(pause / 100)
        for index in cancelled & set(range(len(todo))):
            running[index].cancel()
        return await asyncio.gather(*running, return_exceptions=True)

    with sandbox(**how) as made:  # type: ignore[arg-type]
        results = asyncio.run(main(made))
        again = made.judge(todo[0].problem, todo[0].source)
    stop = bool(how["stop_on_failure"])
    assert todo[0].is_told_by(again, stop)
    for index, (task, verdict) in enumerate(zip(todo, results, strict=True)):
        if isinstance(verdict, asyncio.CancelledError):
            assert index in cancelled
        else:
            assert isinstance(verdict, Verdict), verdict
            assert task.is_told_by(verdict, stop), (task, verdict)


@FEW
@given(SANDBOXES, tasks(), st.integers(0, 20), st.booleans())
@pytest.mark.timeout(900)
def test_closing_in_the_middle_ends_all(
    how: dict[str, object], todo: list[Task], taken: int, abandoned: bool
) -> None:
    slow = "import time\ntime.sleep(0.01)\n"
    stop = bool(how["stop_on_failure"])
    with sandbox(**how) as made:  # type: ignore[arg-type]
        verdicts = made.judge_many((task.problem, slow + task.source) for task in todo)
        for task in todo[:taken]:
            assert task.is_told_by(next(verdicts), stop)
        if abandoned:
            verdicts.close()  # type: ignore[attr-defined]
        made.close()
        with contextlib.suppress(RuntimeError, CancelledError):
            for task, verdict in zip(todo[taken:], verdicts, strict=False):
                assert verdict.status == "unscored" or task.is_told_by(verdict, stop)
        with pytest.raises(RuntimeError, match="closed"):
            made.judge(todo[0].problem, todo[0].source)
