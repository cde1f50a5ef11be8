"""The protocol of one connection: uvicorn's, with bounds on what a client may make it wait for."""

from __future__ import annotations

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 30.0
"""Seconds in which the head of a request has to arrive, and the first one begin."""
_HEAD_BYTES = 64 * 1024
_UNREAD_BYTES = 1 << 30
"""Bytes of a refused body that are thrown away. A client that sends more is cut off; one that sends
less is given the time to read the refusal."""


_RESERVED = 256
"""Descriptors that connections leave to the sandbox, whose processes start again at any time."""
_TOO_MANY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


def most_connections() -> int:
    """Return how many connections may be open at one time."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return limit - min(_RESERVED, limit // 2)


class Connection(HttpToolsProtocol):
    """Ends a connection whose head is slow or long, or that goes on sending what was refused.

    So it does with a connection too many.
    """

    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _unread_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            transport.write(_TOO_MANY)
            transport.close()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head_timer is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._head_bytes > _HEAD_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head_timer is not None:
            super().on_header(name, value)
            return
        # a trailer, after a body in chunks: nobody asks for one
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > _HEAD_BYTES:
            self.transport.close()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.cycle.response_complete:
            self._unread_bytes += len(body)
            if self._unread_bytes > _UNREAD_BYTES:
                self.transport.close()
        super().on_body(body)

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_bytes = 0
            self._head_timer = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self, *_: Any) -> None:
        self.transport.close()
