"""A sandbox whose workers are in groups does what any other does."""

from __future__ import annotations

import asyncio
import colorsys
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rltf import Problem, TestCase, Verdict
from rltf.common import dataset_files
from rltf.sandbox import Sandbox
from rltf.sandbox.groups.dispatcher import Dispatcher
from rltf.sandbox.verdict_cache import CachedSandbox
from rltf.testing import check_executor
from rltf.testing.sample_corpus import PROGRAMS

ADD = Problem("add", "", entry_point="f", tests=(TestCase.call((1,), 2),))
SLEEPER = "import time\ndef f(x):\n    time.sleep(25)\n    return x + 1\n"


def steady(verdict: Verdict) -> Verdict:
    """A verdict without what differs from run to run.

    A program whose answer is wrong is killed, unless it has ended by then.
    """
    tests = [
        replace(
            test,
            cpu_s=0.0,
            wall_s=0.0,
            peak_memory_mb=0.0,
            signal=None if test.status == "wrong_answer" else test.signal,
        )
        for test in verdict.tests
    ]
    return replace(verdict, tests=tuple(tests))


def are_gone(pids: list[int]) -> bool:
    """Wait until processes have ended."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        states = [Path(f"/proc/{pid}/stat") for pid in pids]
        if not any(
            s.exists() and s.read_text().rpartition(")")[2].split()[0] != "Z" for s in states
        ):
            return True
        time.sleep(0.05)
    return False


def test_it_judges_as_an_executor_should(grouped: Sandbox) -> None:
    check_executor(grouped)


def test_verdicts_are_those_of_one_process(grouped: Sandbox, sandbox: Sandbox) -> None:
    items = [item for name, item in PROGRAMS.items() if name != "timeout"]
    drawing = TestCase.assertion(
        "import random\ndrawn = random.random()\nassert f(1) == drawn, drawn"
    )
    items.append((replace(ADD, tests=(drawing,)), "def f(x): return 1"))
    for problem, program in items:
        here, there = sandbox.judge(problem, program), grouped.judge(problem, program)
        assert steady(there) == steady(here)
        assert grouped.observe(problem, program).value == sandbox.observe(problem, program).value
    assert grouped.run("\ud800") == sandbox.run("\ud800")


def test_a_killed_group_loses_nothing(grouped: Sandbox) -> None:
    """Not even when all are killed at once, with programs under way."""
    programs = [f"def f(x): return x + {i % 2}" for i in range(40)]
    assert isinstance(grouped.backend, Dispatcher)
    statuses = []
    for index, verdict in enumerate(grouped.judge_many([(ADD, text) for text in programs])):
        statuses.append(verdict.status)
        if index in (2, 12):
            for group in grouped.backend.groups:
                os.kill(group.pids[0], signal.SIGKILL)
    assert statuses == ["wrong_answer", "passed"] * 20


def test_what_cannot_be_sent_is_unscored(grouped: Sandbox) -> None:
    problem = replace(ADD, tests=(TestCase.call((lambda: 1,), 2),))
    verdict = next(grouped.judge_many([(problem, "def f(x): return 2")]))
    assert verdict.status == "unscored"
    assert "cannot be sent" in verdict.reason


def test_a_cancelled_program_frees_its_worker(grouped: Sandbox) -> None:
    async def cancel() -> Verdict:
        tasks = [asyncio.ensure_future(grouped.judge_async(ADD, SLEEPER)) for _ in range(6)]
        await asyncio.sleep(0.5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return await grouped.judge_async(ADD, "def f(x): return x + 1")

    start = time.monotonic()
    assert asyncio.run(cancel()).passed
    assert time.monotonic() - start < 25  # none of the sleepers was waited for


def test_a_fork_has_groups_of_its_own(grouped: Sandbox) -> None:
    right = "def f(x): return x + 1"
    assert grouped.judge(ADD, right).passed
    before = grouped.pids
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = not (grouped.judge(ADD, right).passed and not set(grouped.pids) & set(before))
            grouped.close()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert grouped.judge(ADD, right).passed
    assert set(before) <= set(grouped.pids)


def test_groups_hide_data_that_the_client_has_read(
    tiny_groups: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_files, "_noted", dataset_files.noted())
    program = f"def f(x): return x + (open({colorsys.__file__!r}).read() != '')"
    with Sandbox(workers=2) as sandbox:
        assert sandbox.judge(ADD, program).passed
        dataset_files.note(colorsys.__file__)
        for verdict in sandbox.judge_many([(ADD, program)] * 4):
            assert verdict.error is not None
            assert verdict.error.type == "PermissionError"


def test_groups_share_a_cache(tiny_groups: None, tmp_path: Path) -> None:
    items = [(ADD, f"def f(x): return x + {i}") for i in range(6)]
    runs = []
    for _ in range(2):
        with CachedSandbox(tmp_path / "cache", workers=2) as sandbox:
            runs.append([verdict.tests[0].cpu_s for verdict in sandbox.judge_many(items)])
    assert [round(cpu_s, 6) for cpu_s in runs[0]] == runs[1]


def test_closing_ends_everything(tiny_groups: None) -> None:
    sandbox = Sandbox(workers=2)
    verdicts = sandbox.judge_many([(ADD, "def f(x): return x + 1"), (ADD, SLEEPER)])
    assert next(verdicts).passed
    pids = list(sandbox.pids)
    assert len(pids) >= 2
    sandbox.close()
    sandbox.close()
    assert are_gone(pids)
    with pytest.raises(RuntimeError, match="closed"):
        next(verdicts)
    with pytest.raises(RuntimeError, match="closed"):
        sandbox.judge(ADD, "")


CLIENT = """\
import sys
from rltf import Problem, TestCase, manager
from rltf.sandbox import Sandbox, sandbox as module
module._MOST_HERE = module._IN_GROUP = 1
manager.load_file(sys.argv[1])
sandbox = Sandbox(workers=2)
problem = Problem("t", "", entry_point="f", tests=(TestCase.call((1,), 2),), rule="lenient")
print(sandbox.judge(problem, "def f(x): return 3").status, *sandbox.pids, flush=True)
sys.stdin.read()
"""
RULE = """\
from rltf import hookimpl
from rltf.plugins.rules.strict import Strict

class Lenient(Strict):
    def call(self, test, value):
        return True

@hookimpl
def rltf_register_rules(register):
    register("lenient", Lenient)
"""


def test_groups_know_plugin_files_and_end_with_their_client(tmp_path: Path) -> None:
    (tmp_path / "lenient.py").write_text(RULE)
    command = [sys.executable, "-c", CLIENT, str(tmp_path / "lenient.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        status, *pids = client.stdout.readline().split()
        client.kill()
    assert status == "passed"
    assert len(pids) >= 2
    assert are_gone([int(pid) for pid in pids])
