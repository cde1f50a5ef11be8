"""A cheap client for thousands of requests at a time."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .conftest import Running


def request_bytes(path: str, body: Any) -> bytes:
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def double(number: int) -> bytes:
    """A program whose output only the answer to this request has."""
    code = {"code": "print(2 * int(input()))", "language": "python", "stdin": str(number)}
    return request_bytes("/run_code", code)


SLEEPER = request_bytes(
    "/run_code",
    {"code": "import time; time.sleep(10_000)", "language": "python", "run_timeout": 3600},
)


async def ask(port: int, request: bytes) -> tuple[int, Any]:
    """Send a request on a connection of its own; return status and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split()[0])
    body = json.loads(await reader.readexactly(length))
    writer.close()
    return int(head[9:12]), body


async def all_at_once(
    running: Running, requests: Sequence[bytes], workers: int, queue: int
) -> list[tuple[int, Any]]:
    """Send requests so that no program of theirs begins before the last one has been sent.

    Until then, all workers are busy with programs that sleep.

    Args:
        running: The server, whose programs may take an hour.
        requests: Requests of one program each.
        workers: How many workers it has.
        queue: How many programs it accepts.
    """
    sleepers = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(workers)]
    for _, writer in sleepers:
        writer.write(SLEEPER)
    await asyncio.to_thread(running.waits_for, "rltf_queue_programs", workers)
    asked = [asyncio.ensure_future(ask(running.port, request)) for request in requests]
    full = min(queue, workers + len(requests))
    await asyncio.to_thread(running.waits_for, "rltf_queue_programs", full)
    while sum(task.done() for task in asked) < workers + len(requests) - full:
        await asyncio.sleep(0.02)  # the refused ones
    for _, writer in sleepers:
        writer.close()
    return await asyncio.gather(*asked)


def check_doubled(answers: Sequence[tuple[int, Any]]) -> Counter[int]:
    """Each answer is that of its request, or a refusal. Return the statuses."""
    for number, (status, body) in enumerate(answers):
        if status == 200:
            assert body["run_result"]["stdout"] == f"{2 * number}\n", body
        else:
            assert "try again" in body["detail"]
    return Counter(status for status, _ in answers)
