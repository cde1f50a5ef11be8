"""Executor ray. What needs a cluster is slow; the inside of an actor is tested without Ray."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rltf import Problem, TestCase, Verdict, manager
from rltf.cli import main
from rltf.errors import SandboxError
from rltf.plugins.datasets.mini import MiniDataset
from rltf.plugins.executors.ray import SandboxActor
from rltf.sandbox import Sandbox
from rltf.sandbox.backend import JobStream
from rltf.sandbox.groups import messages
from rltf.sandbox.groups.dispatcher import Dispatcher
from rltf.sandbox.groups.group import Group, Listener
from rltf.sandbox.groups.server import GroupSettings
from rltf.testing import check_executor

TESTS = tuple(TestCase.call((i,), i + 1) for i in range(5))
ADD = Problem("add", "", entry_point="f", tests=TESTS)


def settings(**options: Any) -> GroupSettings:
    made = GroupSettings.of_this_process(partial(Sandbox, **options))
    return replace(made, workers=1)


def test_without_ray_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    samples = tmp_path / "samples.jsonl"
    task = next(iter(MiniDataset().problems())).task_id
    samples.write_text(json.dumps({"task_id": task, "solution": ""}) + "\n")
    with pytest.raises(SystemExit) as ended:
        main(["score", str(samples), "--dataset", "mini", "--executor", "ray"])
    assert ended.value.code == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error == 'rltf: executor ray needs Ray: pip install "rltf[ray]"'


def test_a_cluster_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        monkeypatch.setenv("RAY_ADDRESS", address)
        with pytest.raises(
            SandboxError, match=f"no Ray cluster answers at RAY_ADDRESS={address}: "
        ):
            manager.get("executor", "ray")


def test_an_actor_that_cannot_start_says_why() -> None:
    actor = SandboxActor(settings(judging="no such choice"))
    actor.put(b"")
    ((kind, _),) = messages.decode(actor.take())
    assert kind == messages.FAILED


class Direct(Group):
    """An actor that is called at once, in this process."""

    def __init__(self, listener: Listener, workers: int) -> None:
        super().__init__(0, workers)
        self._actor = SandboxActor(replace(settings(isolation="program"), workers=workers))
        self._listener = listener

    def send(self, message: bytes) -> None:
        self._actor.put(message)

    def close(self) -> None:
        self._actor._server.close()

    def abandon(self) -> None: ...

    def answer(self) -> None:
        self._listener.received(self, self._actor.take())


def test_an_actor_with_many_workers_has_groups_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from rltf.sandbox import sandbox as sandbox_module

    monkeypatch.setattr(sandbox_module, "_MOST_HERE", 1)
    monkeypatch.setattr(sandbox_module, "_IN_GROUP", 1)
    dispatcher = Dispatcher(lambda slot, listener: Direct(listener, 2), 1)
    results: list[Any] = []
    stream = JobStream(dispatcher, unused)
    for index in range(6):
        stream.put(index, (ADD, f"def f(x): return x + {index % 2}"))
    (group,) = dispatcher.groups
    assert isinstance(group, Direct)
    assert isinstance(group._actor._server._sandbox.backend, Dispatcher)
    while len(results) < 6:
        group.answer()
        while not stream._done.empty():
            results.append(stream.get())
    assert [verdict.passed for _, verdict in sorted(results, key=lambda r: r[0])] == [
        False,
        True,
    ] * 3
    dispatcher.close()


def unused(problem: Problem, program: str) -> Verdict:
    raise AssertionError("the groups judge")


# -------------------------------------------------------------------------------- with a cluster


@pytest.mark.slow
def test_it_judges_as_an_executor_should_and_loses_nothing(
    cluster: Any, actor_pids: Callable[[], list[int]]
) -> None:
    """5,000 tests, and in the middle an actor is killed, then a node."""
    programs = [f"def f(x): return x + {i % 2}" for i in range(1000)]
    with manager.get("executor", "ray", isolation="program") as executor:
        assert executor.workers == 3
        check_executor(executor)
        statuses = []
        for index, verdict in enumerate(executor.judge_many([(ADD, code) for code in programs])):
            statuses.append(verdict.status)
            if index == 200:
                os.kill(actor_pids()[0], signal.SIGKILL)
            if index == 500:
                cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
        assert statuses == ["wrong_answer", "passed"] * 500
    until = time.monotonic() + 120
    while actor_pids() and time.monotonic() < until:
        time.sleep(0.2)
    assert not actor_pids()


@pytest.mark.slow
def test_a_node_without_a_required_layer_is_an_error(cluster: Any) -> None:
    with pytest.raises((SandboxError, ValueError), match="no layer"):
        manager.get("executor", "ray", require_layers=("nonsense",))


STARTED_IN_A_THREAD = """
import threading
import ray
from rltf import manager
started = []
thread = threading.Thread(target=lambda: started.append(manager.get("executor", "ray", workers=1)))
thread.start()
thread.join()
assert ray.nodes()[0]["Alive"]
started[0].close()
"""


@pytest.mark.slow
def test_ray_outlives_the_thread_that_has_started_it() -> None:
    """As in ``rltf audit``, and in the event loop of a host."""
    pytest.importorskip("ray")
    environment = {**os.environ, "RAY_ADDRESS": "local"}
    subprocess.run([sys.executable, "-c", STARTED_IN_A_THREAD], env=environment, check=True)
