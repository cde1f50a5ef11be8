"""What programs of one user share: one that takes all it can get does not change another's verdict."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rltf import Limits, Problem, TestCase
from rltf.sandbox import Sandbox

GREEDY: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("greedy.toml").read_text())[
    "greedy"
]
LIMITS = Limits(
    cpu_s=4.0, wall_s=20.0, memory_mb=256, output_bytes=1 << 20, threads=16, open_files=32
)

PRELUDE = """
import ctypes, fcntl, mmap, os, signal, socket, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
kept, got = [], 0

def take(way, most):
    for taken in range(most):
        try: way()
        except BaseException: return taken
    return most

def call(function, *arguments):
    if function(*arguments) < 0: raise OSError(ctypes.get_errno(), "")
"""
HOLD = """
os.write(1, str(got).encode())
time.sleep(0.25)
os._exit(0)
"""

NEIGHBOUR = """
import asyncio, os, select, signal, socket, threading, time

def f(number):
    total = []
    threads = [threading.Thread(target=total.append, args=(n,)) for n in range(number)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    reader, writer = os.pipe()
    os.write(writer, b"x" * 60_000)
    assert len(os.read(reader, 60_000)) == 60_000
    one, other = socket.socketpair()
    one.send(b"y" * 50_000)
    assert other.recv(50_000)
    polls = select.epoll()
    polls.register(one)
    fds = [os.dup(0) for _ in range(8)]
    rang = []
    signal.signal(signal.SIGALRM, lambda *_: rang.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    while not rang: time.sleep(0.001)
    signal.raise_signal(signal.SIGALRM)
    assert bytearray(100 << 20)

    async def later():
        await asyncio.sleep(0.001)
        return await asyncio.to_thread(sum, total)

    print("z" * 50_000)
    return asyncio.run(later()) + len(rang)
"""
PROBLEM = Problem(
    "neighbour",
    "",
    [
        TestCase.call([8], 30),
        TestCase.assertion("for _ in range(2): assert f(4) == 8"),
    ],
    entry_point="f",
    limits=LIMITS,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=2, limits=LIMITS) as made:
        yield made


@pytest.mark.parametrize("greedy", GREEDY, ids=lambda greedy: greedy["name"])
def test_a_neighbours_verdict_stays_right(sandbox: Sandbox, greedy: dict[str, Any]) -> None:
    files = greedy.get("files", False)
    if files and sandbox.run("", files=True).status == "unscored":
        pytest.skip("this machine gives no test a folder")
    with ThreadPoolExecutor(1) as threads:
        takes = threads.submit(sandbox.run, PRELUDE + greedy["program"] + HOLD, files=files)
        verdicts = [sandbox.judge(PROBLEM, NEIGHBOUR)]
        while not takes.done():
            verdicts.append(sandbox.judge(PROBLEM, NEIGHBOUR))
    assert [verdict for verdict in verdicts if not verdict.passed] == []
    result = takes.result()
    assert result.status == "passed", result
    assert int(result.stdout) <= greedy["most"]
