"""A cheap client for thousands of requests at a time."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any


def request_bytes(path: str, body: Any) -> bytes:
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def double(number: int) -> bytes:
    """A program whose output only the answer to this request has."""
    code = {"code": "print(2 * int(input()))", "language": "python", "stdin": str(number)}
    return request_bytes("/run_code", code)


async def ask(port: int, request: bytes, gate: asyncio.Barrier | None = None) -> tuple[int, Any]:
    """Send a request on a connection of its own; return status and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    if gate is not None:
        await gate.wait()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split()[0])
    body = json.loads(await reader.readexactly(length))
    writer.close()
    return int(head[9:12]), body


async def all_at_once(port: int, requests: Sequence[bytes]) -> list[tuple[int, Any]]:
    """Open all connections, and only then send all requests."""
    gate = asyncio.Barrier(len(requests))
    return await asyncio.gather(*(ask(port, request, gate) for request in requests))


def check_doubled(answers: Sequence[tuple[int, Any]]) -> Counter[int]:
    """Each answer is that of its request, or a refusal. Return the statuses."""
    for number, (status, body) in enumerate(answers):
        if status == 200:
            assert body["run_result"]["stdout"] == f"{2 * number}\n", body
        else:
            assert "try again" in body["detail"]
    return Counter(status for status, _ in answers)
