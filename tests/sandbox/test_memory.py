"""Memory is a program's own, and running out of it is told apart from being killed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

SMALL = Limits(cpu_s=5, memory_mb=256)
WARM = {"plain": "", "numpy": "import numpy\n"}
ENDS = {
    "allocates too much": ("x = bytearray(1 << 30)", "memory_limit", "MemoryError"),
    "allocates bit by bit": (
        "x = []\nwhile True: x.append(bytearray(1 << 16))",
        "memory_limit",
        "MemoryError",
    ),
    "numpy allocates too much": (
        "import numpy\nx = numpy.ones(1 << 27)",
        "memory_limit",
        "MemoryError",
    ),
    "is killed": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "crashed",
        "SIGKILL",
    ),
}


def resident_mb(pid: int) -> float:
    """All that a process has in memory, shared or not: at least what is private."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def test_a_zygote_is_small() -> None:
    code = Problem("t", "", [TestCase.assertion("x = f(1); assert x == 1")])
    with Sandbox(workers=1) as sandbox:
        assert sandbox.judge(code, "def f(x): return x").passed
        assert len(sandbox.pids) == 2
        assert all(resident_mb(pid) < 40 for pid in sandbox.pids)


@pytest.mark.parametrize("warm", WARM)
def test_a_program_that_allocates_nothing_used_little(any_sandbox: Sandbox, warm: str) -> None:
    result = any_sandbox.run(WARM[warm] + "print(1)")
    assert 0 < result.peak_memory_mb < 10


@pytest.mark.parametrize("warm", WARM)
def test_the_peak_is_what_the_program_allocated(any_sandbox: Sandbox, warm: str) -> None:
    result = any_sandbox.run(WARM[warm] + "x = b'x' * (50 << 20)\ndel x")
    assert 45 < result.peak_memory_mb < 70


def test_a_peak_is_not_the_next_programs(any_sandbox: Sandbox) -> None:
    tests = [TestCase.call([size], size) for size in (50 << 20, 1)]
    problem = Problem("t", "", tests, entry_point="f")
    large = any_sandbox.judge(problem, "def f(size): return len(b'x' * size)").tests[0]
    after = any_sandbox.run("print(1)")
    assert 45 < large.peak_memory_mb < 70
    assert after.peak_memory_mb < 10


def test_tests_that_are_code_have_a_peak_too(sandbox: Sandbox) -> None:
    problem = Problem("t", "", [TestCase.assertion("x = f(50 << 20); assert x == 50 << 20")])
    (outcome,) = sandbox.judge(problem, "def f(size): return len(b'x' * size)").tests
    assert outcome.passed
    assert 45 < outcome.peak_memory_mb < 70


@pytest.mark.parametrize("end", ENDS)
def test_a_script_that_runs_out_of_memory_is_told_apart(any_sandbox: Sandbox, end: str) -> None:
    source, status, error = ENDS[end]
    result = any_sandbox.run(source, limits=SMALL)
    assert result.status == status
    assert result.error is not None
    assert result.error.type == error


@pytest.mark.parametrize(
    "test", [{"args": [], "expected": 1}, {"assert": "x = f(); assert x == 1"}]
)
@pytest.mark.parametrize("end", ENDS)
def test_a_function_that_runs_out_of_memory_is_told_apart(
    any_sandbox: Sandbox, end: str, test: dict[str, object]
) -> None:
    source, status, error = ENDS[end]
    function = "def f():\n    " + source.replace("\n", "\n    ")
    problem = Problem("t", "", [TestCase.from_dict(test)], entry_point="f", limits=SMALL)
    verdict = any_sandbox.judge(problem, function)
    assert verdict.status == status
    assert verdict.error is not None
    assert verdict.error.type == error


def test_a_program_may_live_with_running_out_of_memory(any_sandbox: Sandbox) -> None:
    source = "try:\n    x = bytearray(1 << 30)\nexcept MemoryError:\n    print('no room')"
    result = any_sandbox.run(source, limits=SMALL)
    assert (result.status, result.stdout) == ("passed", "no room\n")


def test_the_kernel_ends_programs_before_zygotes_and_zygotes_before_us() -> None:
    def score(pid: int | str) -> int:
        return int(Path(f"/proc/{pid}/oom_score_adj").read_text())

    with Sandbox(workers=1) as sandbox, ThreadPoolExecutor(1) as threads:
        for _ in range(2):
            running = threads.submit(
                sandbox.run, "import time\nwhile time.process_time() < 0.5: pass"
            )
            (zygote,) = sandbox.pids
            children = Path(f"/proc/{zygote}/task/{zygote}/children")
            while not (child := children.read_text().split()):
                time.sleep(0.01)
            assert score(child[0]) == 1000
            assert running.result().status == "passed"
            assert score(zygote) == max(score("self"), 500)
