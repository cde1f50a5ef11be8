"""Who takes part in benchmarks/sandbox.py: ours, the floor below it, and peers."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox_workloads import Workload

import rltf
from rltf.problem import Problem
from rltf.sandbox.client import launch, readable_paths
from rltf.sandbox.client.launch import MODULES
from rltf.sandbox.judging.worker import Isolation

HERE = Path(__file__).parent
OURS, BEFORE, FLOOR, NULL = "rltf", "rltf before", "plain fork", "null fork"
PIPE_BYTES = 1 << 20
MOST_PLACES = PIPE_BYTES // 4


class Skipped(Exception):
    """A contestant that cannot take part here; the message says why."""


@dataclass(frozen=True)
class Contestant:
    """One that can run a workload."""

    name: str
    isolation: Isolation
    """What it makes a process for: every test, or every program with all its tests."""
    workers: int
    run: Callable[[int], int]
    """Runs the whole workload this many times; the number of failures."""


def ours(stack: ExitStack, workload: Workload, workers: int, isolation: Isolation) -> Contestant:
    """``rltf.Sandbox.judge_many``."""
    sandbox = stack.enter_context(rltf.Sandbox(workers=workers, isolation=isolation))

    def run(repeats: int) -> int:
        items = workload.items * repeats
        failed = 0
        for (problem, _), verdict in zip(items, sandbox.judge_many(items), strict=True):
            if not verdict.passed:
                failed += 1
                print(f"{problem.task_id}: {verdict.status} {verdict.reason}", file=sys.stderr)
        return failed

    return Contestant(OURS, isolation, workers, run)


def before(
    stack: ExitStack, workload: Workload, workers: int, isolation: Isolation, python: str
) -> Contestant:
    """The same of another version of rltf, installed for the interpreter ``python``."""
    items = [
        {
            "task_id": problem.task_id,
            "entry_point": problem.entry_point,
            "setup": problem.setup_code,
            "tests": [test.to_dict() for test in problem.tests],
            "program": program,
        }
        for problem, program in workload.items
    ]
    command = [python, str(HERE / "sandbox_before.py"), str(workers), isolation]
    helper = _Helper(stack, command, items)
    helper.hear()

    def run(repeats: int) -> int:
        helper.say(str(repeats))
        return int(helper.hear())

    return Contestant(BEFORE, isolation, workers, run)


# ------------------------------------------------------------------------------- the floor


def floors(stack: ExitStack, workload: Workload, workers: int) -> list[Contestant]:
    """Forks of the same warm interpreter, without a sandbox; one forking process for each worker."""
    queue, fill = os.pipe()
    stack.callback(os.close, queue)
    stack.callback(os.close, fill)
    os.set_blocking(queue, False)
    fcntl.fcntl(fill, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    settings = {
        "queue": queue,
        "path": [str(folder) for folder in readable_paths.site_folders()],
        "warm": MODULES[workload.preload],
        "items": workload.as_json(),
    }
    command = [sys.executable, *launch.FLAGS, str(HERE / "sandbox_floor.py")]
    helpers = [
        _Helper(stack, command, settings, pass_fds=(queue,), env=launch.environment())
        for _ in range(workers)
    ]

    def runner(mode: str) -> Callable[[int], int]:
        def run(repeats: int) -> int:
            places = [*range(workload.programs)] * repeats
            os.write(fill, struct.pack(f"<{len(places)}I", *places))
            for helper in helpers:
                helper.say(mode)
            return sum(int(helper.hear()) for helper in helpers)

        return run

    return [
        Contestant(NULL, "test", workers, runner("null")),
        Contestant(FLOOR, "test", workers, runner("test")),
        Contestant(FLOOR, "program", workers, runner("program")),
    ]


class _Helper:
    """A process that is told and answers line by line."""

    def __init__(
        self, stack: ExitStack, command: Sequence[str], settings: object, **options: Any
    ) -> None:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
        )
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._input, self._output = process, process.stdin, process.stdout
        stack.callback(self._close)
        self.say(json.dumps(settings))

    def say(self, line: str) -> None:
        self._input.write(line + "\n")
        self._input.flush()

    def hear(self) -> str:
        line: str = self._output.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r:.300} ended")
        return line

    def _close(self) -> None:
        self._input.close()
        self._output.close()
        self._process.wait()


# -------------------------------------------------------------------------------- the peers


def library(
    stack: ExitStack, workload: Workload, workers: int, name: str, python: str
) -> Contestant:
    """A peer that is a library, installed for the interpreter ``python``."""
    if workload.on_stdin:
        raise Skipped("has no tests on stdin")
    if workload.judged_by_code and name == "evalplus":
        raise Skipped("takes arguments and values, no test code")
    module = name.replace("-", "_")
    found = subprocess.run([python, "-c", f"import {module}"], stderr=subprocess.DEVNULL)
    if found.returncode:
        raise Skipped("not installed (see --peers-python)")
    command = [python, str(HERE / "sandbox_peers.py"), name, str(workers)]
    helper = _Helper(stack, command, workload.as_json())
    helper.hear()

    def run(repeats: int) -> int:
        helper.say(str(repeats))
        return int(helper.hear())

    return Contestant(name, "program", workers, run)


def interpreter(stack: ExitStack, workload: Workload, workers: int, *, bwrap: bool) -> Contestant:
    """``python -I -c``, a new one for every program, or for every test on stdin."""
    wrapper: list[str] = []
    if bwrap:
        wrapper = [
            "bwrap",
            "--unshare-all",
            "--die-with-parent",
            "--ro-bind",
            "/",
            "/",
            "--dev",
            "/dev",
        ]
        if shutil.which("bwrap") is None:
            raise Skipped("bwrap is not installed")
        if subprocess.run([*wrapper, "true"], stderr=subprocess.DEVNULL).returncode:
            raise Skipped("bwrap is not allowed here")
    command = [*wrapper, sys.executable, "-I", "-c"]
    pool = stack.enter_context(ThreadPoolExecutor(workers))

    def passes(source: str, text: str, expected: str | None) -> bool:
        done = subprocess.run(
            [*command, source], input=text, capture_output=True, text=True, check=False
        )
        return done.returncode == 0 and expected in (None, done.stdout)

    def check(item: tuple[Problem, str]) -> bool:
        problem, program = item
        if workload.on_stdin:
            results = [passes(program, test.input, test.output) for test in problem.tests]
            return all(results)
        codes = [test.code for test in problem.tests]
        return passes("\n".join([program, problem.setup_code, *codes]), "", None)

    def run(repeats: int) -> int:
        return sum(not passed for passed in pool.map(check, workload.items * repeats))

    name = "bwrap + python -I -c" if bwrap else "python -I -c"
    return Contestant(name, "test" if workload.on_stdin else "program", workers, run)
