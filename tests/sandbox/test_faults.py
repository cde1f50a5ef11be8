"""What is our own fault says what failed; a kill that only looks like one is none."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

from rltf import Limits, Problem, TestCase
from rltf.errors import SandboxError
from rltf.sandbox import Sandbox
from rltf.sandbox.client import launch
from rltf.sandbox.client.zygote import ChildResult
from rltf.sandbox.guest.shared.wire import RESULT_FAULT
from rltf.sandbox.judging import outcomes
from rltf.verdict import Status

TESTS = {
    "stdin": TestCase.stdin("", "1\n"),
    "call": TestCase.call([1], 1),
    "code": TestCase.assertion("x = f(1)\nassert x == 1"),
    "guarded": TestCase.assertion("assert f(1) == 1", guarded=True),
}


@pytest.mark.parametrize("kind", TESTS)
@pytest.mark.parametrize("isolation", ["test", "program"])
def test_a_step_that_fails_in_a_child_is_named(kind: str, isolation: str) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    problem = Problem("t", "", [TESTS[kind]], entry_point="f", limits=Limits(open_files=700))
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 600), hard))
    try:
        with Sandbox(workers=1, isolation=isolation) as sandbox:  # type: ignore[arg-type]
            sandbox.judge(problem, "def f(x): return x")  # starts the zygotes that it takes
            for pid in sandbox.pids:
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (600, 600))
            verdict = sandbox.judge(problem, "def f(x): return x")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert verdict.status == "unscored"
    step = "limit the open files: Operation not permitted"
    assert verdict.reason == f"the sandbox could not run it: {step}"


def test_a_process_that_cannot_be_started_is_no_verdict() -> None:
    """And it is started as soon as it can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Sandbox(workers=1) as sandbox:
        problem = Problem("t", "", [TESTS["call"]], entry_point="f")
        os.kill(sandbox.pids[0], signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")), hard))
        try:
            verdict = sandbox.judge(problem, "def f(x): return x")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert verdict.status == "unscored"
        assert verdict.reason == "the sandbox cannot start: Too many open files"
        assert sandbox.judge(problem, "def f(x): return x").passed


@pytest.mark.parametrize("code", [TESTS["call"], TESTS["code"]], ids=["call", "code"])
def test_a_zygote_that_fails_while_it_starts_is_started_again(
    code: TestCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = launch.script
    with Sandbox(workers=1) as sandbox:
        os.kill(sandbox.pids[0], signal.SIGKILL)
        scripts = [Path("missing.py"), script(), Path("missing.py"), Path("missing.py")]
        monkeypatch.setattr(launch, "script", lambda: scripts.pop(0) if scripts else script())
        problem = Problem("t", "", [code], entry_point="f")
        verdict = sandbox.judge(problem, "def f(x): return x")
        assert verdict.passed, verdict.reason


def test_a_zygote_that_always_fails_while_it_starts_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(launch, "script", lambda: Path("missing.py"))
    with pytest.raises(SandboxError, match=r"the sandbox cannot start: .*No such file"):
        Sandbox(workers=1)


def test_a_child_that_dies_before_its_program_begins_says_of_what() -> None:
    result = ChildResult(RESULT_FAULT, -1, 11, 0.0, 0.0, 0.0, 11, b"", b"", b"")
    reason = outcomes.outcome(result, Limits(), lambda _: ("passed", None)).reason
    assert reason.endswith("signal 11 ended its process before the program began")


DIES = """
import os, signal, time
def f(x):
    until = {share} * {limit}
    while time.process_time() < until: pass
    os.kill(os.getpid(), signal.{signal})
if __name__ == "__main__": f(0)
"""


@pytest.mark.parametrize(
    ("share", "signal", "status"),
    [
        (0.95, "SIGKILL", "timeout"),
        (0.95, "SIGXCPU", "timeout"),
        (0.1, "SIGKILL", "crashed"),
    ],
)
@pytest.mark.parametrize("kind", TESTS)
def test_a_kill_near_the_cpu_limit_is_a_timeout(
    any_sandbox: Sandbox, kind: str, share: float, signal: str, status: Status
) -> None:
    """The kernel's own CPU limit is a sample: it may come a little early."""
    limits = Limits(cpu_s=0.3, wall_s=20)
    problem = Problem("t", "", [TESTS[kind]], entry_point="f", limits=limits)
    program = DIES.format(share=share, limit=limits.cpu_s, signal=signal)
    verdict = any_sandbox.judge(problem, program)
    assert verdict.status == status
