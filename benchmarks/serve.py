"""What HTTP costs a program: ``rltf serve`` beside the same server that runs nothing, in one run.

    python benchmarks/serve.py [--rounds 5] [--requests 1000] [--connections 64] [--workers 2]

Two clients send SandboxFusion's ``/run_code``: raw sockets that are kept open, which cost next to
nothing, and the real ``sandbox-fusion`` client with 20 threads, which opens a connection for each
call as verl does. "Empty" is the same process with a sandbox that answers at once; "judge" is
``Sandbox.run`` in the benchmark's own process, without HTTP. The rounds take turns, and figures are
medians. A busy machine changes the rates more than the CPU milliseconds of a request; "by CPU" is
the rate if all cores did nothing else, which one client may be too slow for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import sandbox_fusion
import uvicorn
import uvloop
from tabulate import tabulate

from rltf import Limits, Sandbox
from rltf.sandbox import RunResult
from rltf.serve import server
from rltf.serve.app import make_app
from rltf.serve.options import ServeOptions
from rltf.serve.service import Service

SANDBOX_FUSION_PER_S = 8.0
"""Programs per second of SandboxFusion's own server on two cores, as it was measured once."""
CODE = "n = int(input())\nprint(sum(i * i for i in range(n)))"
THREADS = 20
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class EmptySandbox:
    """Runs nothing: what is left is HTTP."""

    workers = 2

    async def run_async(self, *_: object, **__: object) -> RunResult:
        return RunResult("passed", stdout="285\n", exit_code=0)


@dataclass(frozen=True)
class Measurement:
    """One round of one client at one server."""

    per_s: float
    client_ms: float
    server_ms: float
    """CPU of the server's process, in ms per request."""
    sandbox_ms: float
    """CPU of its zygotes and their programs."""

    @property
    def unloaded_per_s(self) -> float:
        """Requests per second if all cores did nothing else, by what one costs."""
        cost_ms = self.client_ms + self.server_ms + self.sandbox_ms
        return 1000 * (os.cpu_count() or 1) / cost_ms


def serve_empty() -> None:
    """Be the server that runs nothing."""
    sock = server.listen("127.0.0.1", 0)
    service = Service(EmptySandbox(), ServeOptions(Limits(cpu_s=60.0)))  # type: ignore[arg-type]
    print(f"serving on {server.url_of(sock)}", flush=True)
    uvloop.run(uvicorn.Server(server.configuration(make_app(service))).serve(sockets=[sock]))


@contextmanager
def started(*command: str) -> Iterator[tuple[int, str]]:
    """A server in its own process: its process id and URL."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        match = re.search(r"http://\S+", process.stdout.readline())
        assert match
        yield process.pid, match[0]
    finally:
        process.terminate()
        process.wait()


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS_PER_S


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def measure(pid: int, requests: int, client: Callable[[], None]) -> Measurement:
    """Let a client send its requests to the server with that process id."""
    zygotes = children(pid)

    def now() -> tuple[float, float, float]:
        return time.process_time(), cpu_s(pid), sum(map(cpu_s, zygotes))

    before, begin = now(), time.perf_counter()
    client()
    seconds = time.perf_counter() - begin
    mine, its, theirs = (1000 * (b - a) / requests for a, b in zip(before, now(), strict=True))
    return Measurement(requests / seconds, mine, its, theirs)


# --------------------------------------------------------------------------------------- clients


def raw(url: str, requests: int, connections: int) -> Callable[[], None]:
    """Sockets that are kept open, each with one request at a time."""
    body = json.dumps({"code": CODE, "language": "python", "stdin": "10"}).encode()
    head = f"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    request = head.encode() + body
    host, _, port = url.removeprefix("http://").partition(":")

    async def connection(left: list[None]) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while left:
            left.pop()
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length:")[1].split()[0])
            assert b'"stdout":"285\\n"' in await reader.readexactly(length)
        writer.close()

    async def run() -> None:
        left = [None] * requests
        await asyncio.gather(*(connection(left) for _ in range(connections)))

    return lambda: uvloop.run(run())


def real(url: str, requests: int) -> Callable[[], None]:
    """The client that people use."""
    request = sandbox_fusion.RunCodeRequest(code=CODE, language="python", stdin="10")
    arguments = [[request, url]] * requests

    def run() -> None:
        answers = sandbox_fusion.run_concurrent(
            sandbox_fusion.run_code, args=arguments, concurrency=THREADS
        )
        assert all(answer.run_result.stdout == "285\n" for answer in answers)

    return run


def without_http(requests: int, workers: int) -> float:
    """Programs per second of ``Sandbox.run`` itself."""
    with Sandbox(workers) as sandbox, ThreadPoolExecutor(workers) as threads:
        list(threads.map(lambda _: sandbox.run("", files=True), range(workers)))
        begin = time.perf_counter()
        list(threads.map(lambda _: sandbox.run(CODE, "10", files=True), range(requests)))
        return requests / (time.perf_counter() - begin)


# ----------------------------------------------------------------------------------------- tables


def rounds(arguments: argparse.Namespace) -> tuple[dict[str, list[Measurement]], list[float]]:
    """All measurements, by client and server, and the rates without HTTP."""
    found: dict[str, list[Measurement]] = defaultdict(list)
    alone = []
    few = max(THREADS, arguments.requests // 4)
    workers = str(arguments.workers)
    with (
        started("-m", "rltf", "serve", "--port", "0", "--workers", workers) as full,
        started(__file__, "--serve-empty") as empty,
    ):
        for _ in range(arguments.rounds):
            for name, (pid, url) in (("empty", empty), ("rltf serve", full)):
                client = raw(url, arguments.requests, arguments.connections)
                found[f"raw sockets, {name}"].append(measure(pid, arguments.requests, client))
                found[f"sandbox-fusion, {name}"].append(measure(pid, few, real(url, few)))
            alone.append(without_http(arguments.requests, arguments.workers))
    return found, alone


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--serve-empty", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve_empty:
        serve_empty()
        return
    found, alone = rounds(arguments)
    rows = [
        [
            name,
            round(median(each.per_s for each in measured)),
            *(
                f"{median(getattr(each, part) for each in measured):.2f}"
                for part in ("client_ms", "server_ms", "sandbox_ms")
            ),
            round(median(each.unloaded_per_s for each in measured)),
        ]
        for name, measured in sorted(found.items())
    ]
    headers = ["client, server", "programs/s", "client ms", "server ms", "sandbox ms", "by CPU"]
    print(tabulate(rows, headers, tablefmt="pipe"))
    print(f"\nSandbox.run without HTTP: {median(alone):.0f} programs/s")
    for client in ("raw sockets", "sandbox-fusion"):
        pairs = zip(found[f"{client}, rltf serve"], found[f"{client}, empty"], strict=True)
        ratios = sorted(one.per_s / other.per_s for one, other in pairs)
        full = found[f"{client}, rltf serve"]
        per_s = median(each.per_s for each in full)
        by_cpu = median(each.unloaded_per_s for each in full)
        print(
            f"{client}: {median(ratios):.0%} of the empty server "
            f"({ratios[0]:.0%} to {ratios[-1]:.0%}), "
            f"{per_s / SANDBOX_FUSION_PER_S:.0f} times ({by_cpu / SANDBOX_FUSION_PER_S:.0f} by CPU) "
            f"SandboxFusion's recorded {SANDBOX_FUSION_PER_S:g} programs/s"
        )
    with_http = [each.per_s for each in found["raw sockets, rltf serve"]]
    ratios = sorted(a / b for a, b in zip(with_http, alone, strict=True))
    print(f"raw sockets: {median(ratios):.0%} of Sandbox.run without HTTP")


if __name__ == "__main__":
    main()
