"""Many at a time, and workers that are killed meanwhile: nothing is lost, nothing hangs."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rltf import Limits, Sandbox

from . import load
from .conftest import PATIENCE_S, Running, Start, process, serving


def test_hundreds_at_once_are_all_answered(start: Start) -> None:
    with start(limits=Limits(cpu_s=3600)) as running:
        sent = [load.double(n) for n in range(300)]
        answers = asyncio.run(load.all_at_once(running, sent, workers=2, queue=1024))
        assert load.check_doubled(answers) == {200: 300}
        running.waits_for("rltf_queue_programs", 0)


def test_what_the_queue_cannot_hold_is_refused_and_the_rest_is_answered(start: Start) -> None:
    with start(queue=20, limits=Limits(cpu_s=3600)) as running:
        sent = [load.double(n) for n in range(200)]
        answers = asyncio.run(load.all_at_once(running, sent, workers=2, queue=20))
        assert load.check_doubled(answers) == {200: 18, 504: 182}

        async def patient(number: int) -> int:
            for tries in range(1, 10_000):
                status, _ = await load.ask(running.port, load.double(number))
                if status == 200:
                    return tries
                await asyncio.sleep(0.05)
            raise AssertionError("never accepted")

        async def main() -> list[int]:
            return await asyncio.gather(*map(patient, range(60)))

        assert len(asyncio.run(main())) == 60


def test_workers_that_are_killed_lose_no_request() -> None:
    with Sandbox(workers=2, limits=Limits(cpu_s=60)) as own, serving(own) as running:
        is_over = threading.Event()

        def kill() -> None:
            for turn in range(5):
                time.sleep(0.1)
                for pid in own.pids[turn % 2 :: 2]:
                    os.kill(pid, signal.SIGKILL)
            is_over.set()

        killer = threading.Thread(target=kill)
        killer.start()
        number = 0
        while number < 200 or not is_over.is_set():
            sent = [load.double(n) for n in range(50)]
            answers = asyncio.run(ask_all(running, sent))
            statuses = {body["status"] for _, body in answers}
            # a program whose worker was killed three times is no result, and never a wrong one
            assert statuses <= {"Success", "SandboxError"}
            done = [n for n, (_, body) in enumerate(answers) if body["status"] == "Success"]
            for n in done:
                assert answers[n][1]["run_result"]["stdout"] == f"{2 * n}\n"
            number += len(done)
        killer.join()
        answers = asyncio.run(ask_all(running, sent))
        assert load.check_doubled(answers) == {200: 50}


async def ask_all(running: Running, requests: Sequence[bytes]) -> list[tuple[int, Any]]:
    return await asyncio.gather(*(load.ask(running.port, request) for request in requests))


@pytest.mark.slow
@pytest.mark.timeout(3600)  # a busy machine
@pytest.mark.parametrize("queue", [500, 20_000])
def test_ten_thousand_connections_at_once(queue: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = 10_000
    if hard < many + 1000:
        pytest.skip(f"this machine allows {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        arguments = ("--queue", str(queue), "--workers", "2", "--max-cpu-s", "3600")
        with process(*arguments) as (_, running):
            sent = [load.double(n) for n in range(many)]
            answers = asyncio.run(load.all_at_once(running, sent, workers=2, queue=queue))
            counts = load.check_doubled(answers)
            assert counts == (
                {200: many} if queue > many else {200: queue - 2, 504: many + 2 - queue}
            )
            running.waits_for("rltf_queue_programs", 0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_stopped_server_answers_what_it_accepted_and_leaves_nothing() -> None:
    sleeper = load.request_bytes(
        "/run_code", {"code": "import time; time.sleep(1); print(1)", "language": "python"}
    )
    with process("--workers", "1", "--queue", "3") as (server, running):
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        assert children

        async def main() -> list[tuple[int, dict[str, object]]]:
            asked = [asyncio.ensure_future(load.ask(running.port, sleeper)) for _ in range(3)]
            await asyncio.to_thread(running.waits_for, "rltf_queue_programs", 3)
            server.send_signal(signal.SIGTERM)
            until = time.monotonic() + PATIENCE_S
            while time.monotonic() < until:
                try:
                    await load.ask(running.port, sleeper)
                except (ConnectionError, asyncio.IncompleteReadError):
                    break
            return await asyncio.gather(*asked)

        answers = asyncio.run(main())
        assert [(status, body["run_result"]["stdout"]) for status, body in answers] == [  # type: ignore[index]
            (200, "1\n")
        ] * 3
        assert server.wait(PATIENCE_S) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in children)
