"""Nothing is lost and nothing is left behind, whoever dies."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox
from rltf.sandbox.client.zygote import Zygote

DOUBLE = Problem(
    "t", "", [TestCase.call([i], 2 * i) for i in range(5)], entry_point="f", limits=Limits(cpu_s=2)
)
RIGHT = "def f(x): return 2 * x"
SLOW = "import time\nwhile time.process_time() < 0.5: pass\n"


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def children_of(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def zygotes(sandbox: Sandbox) -> list[int]:
    return list(sandbox.pids)


@pytest.fixture
def own() -> Iterator[Sandbox]:
    """A sandbox to break."""
    with Sandbox(workers=2) as made:
        yield made


def test_closing_ends_every_process() -> None:
    with Sandbox(workers=2) as sandbox:
        assert list(sandbox.judge_many([(DOUBLE, RIGHT)] * 4))
        pids = zygotes(sandbox)
        assert pids
    assert not any(map(alive, pids))


def test_a_sandbox_that_is_never_closed_leaves_nothing() -> None:
    sandbox = Sandbox(workers=1)
    pids = zygotes(sandbox)
    del sandbox
    gc.collect()
    assert eventually(lambda: not any(map(alive, pids)))


def test_a_closed_sandbox_says_so() -> None:
    sandbox = Sandbox(workers=1)
    sandbox.close()
    sandbox.close()
    with pytest.raises(RuntimeError, match="closed"):
        sandbox.judge(DOUBLE, RIGHT)


@pytest.mark.parametrize("isolation", ["test", "program"])
def test_killed_zygotes_lose_no_verdict(isolation: str) -> None:
    asserts = Problem("a", "", [TestCase.assertion(f"assert f({i}) == {2 * i}") for i in range(3)])
    verdicts = []
    with Sandbox(workers=2, isolation=isolation) as sandbox:  # type: ignore[arg-type]
        items = [
            (problem, program)
            for _ in range(8)
            for problem in (DOUBLE, asserts)
            for program in (RIGHT, "def f(x): return 0")
        ]
        for number, verdict in enumerate(sandbox.judge_many(items)):
            verdicts.append(verdict)
            if number % 10 == 5:
                for pid in zygotes(sandbox)[:2]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
    expected = ["passed", "wrong_answer", "passed", "wrong_answer"] * 8
    assert [verdict.status for verdict in verdicts] == expected


@pytest.mark.one_in(2)
@pytest.mark.parametrize("isolation", ["test", "program"])
@pytest.mark.parametrize("moment", ["program", "test", "results", "end"])
def test_a_zygote_killed_between_two_messages_loses_no_verdict(
    moment: str, isolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = getattr(Zygote, moment)
    asserts = Problem("a", "", [TestCase.assertion("x = f(2); assert x == 4")] * 2)
    killed: list[int] = []

    def killed_once(zygote: Zygote, *args: object, **options: object) -> object:
        if len(killed) < 2 and zygote.pid not in killed:
            killed.append(zygote.pid)
            os.kill(zygote.pid, signal.SIGKILL)
            assert eventually(lambda: not alive(zygote.pid))
        return step(zygote, *args, **options)

    monkeypatch.setattr(Zygote, moment, killed_once)
    with Sandbox(workers=1, isolation=isolation) as sandbox:  # type: ignore[arg-type]
        for problem in (DOUBLE, asserts):
            killed.clear()
            assert sandbox.judge(problem, RIGHT).status == "passed"
            assert sandbox.judge(problem, "def f(x): return 0").status == "wrong_answer"


def test_a_killed_candidate_is_run_again(own: Sandbox) -> None:
    problem = Problem("t", "", [TestCase.stdin("", "done\n")])
    found: list[str] = []
    program = f"{SLOW}print('done')"
    runner = threading.Thread(target=lambda: found.append(own.judge(problem, program).status))
    runner.start()
    zygote = own.pids[0]
    assert eventually(lambda: bool(children_of(zygote)))
    os.kill(children_of(zygote)[0], signal.SIGKILL)
    runner.join()
    assert found == ["passed"]


def test_the_childrens_parent_dies_and_they_die_with_it() -> None:
    script = """
        import sys, threading, time
        from rltf.sandbox import Sandbox
        sandbox = Sandbox(workers=1)
        threading.Thread(target=sandbox.run, args=("while True: pass",), daemon=True).start()
        print(*sandbox.pids, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    zygote = int(parent.stdout.readline())
    assert eventually(lambda: bool(children_of(zygote)))
    child = children_of(zygote)[0]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert eventually(lambda: not alive(zygote) and not alive(child))


def test_a_fork_of_the_parent_can_judge_and_the_parent_too(own: Sandbox) -> None:
    before = zygotes(own)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if own.judge(DOUBLE, RIGHT).passed else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert own.judge(DOUBLE, RIGHT).passed
    assert set(before) <= set(zygotes(own))


def test_judging_many_is_in_order_and_takes_only_what_it_needs(own: Sandbox) -> None:
    taken = 0

    def items() -> Iterator[tuple[Problem, str]]:
        nonlocal taken
        for i in range(100):
            taken += 1
            yield DOUBLE, RIGHT if i % 3 else "def f(x): return 1"

    verdicts = own.judge_many(items())
    assert next(verdicts).status == "wrong_answer"
    assert taken < 30
    assert [v.status for v in verdicts] == [
        "passed" if i % 3 else "wrong_answer" for i in range(1, 100)
    ]


def test_as_completed_gives_every_index_once(own: Sandbox) -> None:
    problem = Problem("t", "", DOUBLE.tests[:1], entry_point="f", limits=DOUBLE.limits)
    items = [(problem, (SLOW if i == 0 else "") + RIGHT) for i in range(12)]
    found = list(own.judge_many(items, as_completed=True))
    assert sorted(index for index, _ in found) == list(range(12))
    assert found[0][0] != 0
    assert all(verdict.passed for _, verdict in found)


def test_threads_may_share_a_sandbox(own: Sandbox) -> None:
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda: found.append(own.judge(DOUBLE, RIGHT).passed))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8


def test_two_sandboxes_at_once_do_not_meet(own: Sandbox) -> None:
    with Sandbox(workers=1) as other:
        assert other.judge(DOUBLE, RIGHT).passed
        assert own.judge(DOUBLE, RIGHT).passed


def test_nothing_grows_with_the_number_of_tests(own: Sandbox) -> None:
    def descriptors(pid: int) -> str:
        """How much room for descriptors it has needed; the kernel lists a zygote's to root alone."""
        status = Path(f"/proc/{pid}/status").read_text()
        return status.partition("FDSize:")[2].split()[0]

    list(own.judge_many([(DOUBLE, RIGHT)] * 20))
    before = {pid: descriptors(pid) for pid in [os.getpid(), *zygotes(own)]}
    list(own.judge_many([(DOUBLE, RIGHT)] * 80))
    assert {pid: descriptors(pid) for pid in before} == before
    assert all(not children_of(pid) for pid in zygotes(own))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"isolation": "none"}, "'isolation' of Sandbox must be test or program, not 'none'"),
        ({"workers": 0}, "'workers' of Sandbox must be a whole number of at least 1, not 0"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Sandbox(**arguments)  # type: ignore[arg-type]


def test_a_sandbox_starts_whatever_descriptors_are_free():
    taken = [os.open(os.devnull, os.O_RDONLY)]
    try:
        while taken[-1] < 15:
            taken.append(os.open(os.devnull, os.O_RDONLY))
        for _ in range(8):
            with Sandbox(workers=1) as started:
                assert started.run("import threading").status == "passed"
            taken.append(os.open(os.devnull, os.O_RDONLY))
    finally:
        for descriptor in taken:
            os.close(descriptor)
