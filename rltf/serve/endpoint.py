"""One route that takes a JSON body: reads it, checks it, and lets a dialect answer.

A body is refused by its announced length before it is read, and read no longer than ``BODY_S``. A
client that goes away frees what it had asked for: its programs end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rltf.serve.refusal import Overloaded, Refusal, overloaded, too_large
from rltf.serve.service import Service

Seconds = Annotated[float, Field(allow_inf_nan=False)]
"""A time limit that a request asks for."""
BODY_S = 60.0
"""Seconds in which a request has to arrive."""
_GONE = 499
"""What is counted for a client that did not wait, as nginx does."""


@dataclass(frozen=True)
class Dialect:
    """How one kind of client wants to hear of an overload."""

    name: str
    busy_status: int


@dataclass(frozen=True)
class Endpoint:
    """A route for POST requests."""

    path: str
    summary: str
    """One sentence for the documentation page."""
    dialect: Dialect
    request: type[BaseModel]
    answer: type[BaseModel]
    handle: Callable[[Service, Any], Awaitable[BaseModel]]
    """Called with a checked request. May raise :class:`Refusal` and :class:`Overloaded`."""


class _Gone(Exception):
    """Nobody waits for the answer."""


class EndpointApp:
    """An endpoint as an ASGI application."""

    def __init__(self, endpoint: Endpoint, service: Service) -> None:
        self._endpoint = endpoint
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begin = time.perf_counter()
        status = _GONE
        try:
            response = await self._respond(scope, receive)
            status = response.status_code
            await response(scope, receive, send)
        except _Gone:
            pass
        finally:
            seconds = time.perf_counter() - begin
            self._service.metrics.answered(self._endpoint.path, status, seconds)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        endpoint = self._endpoint
        try:
            if self._service.is_full:
                raise Overloaded
            with self._body_memory() as count:
                body = await _read(scope, receive, self._service.options.body_bytes, count)
                try:
                    request = endpoint.request.model_validate_json(body)
                except ValidationError as error:
                    raise _unprocessable(error) from None
                del body
                answer = await _unless_gone(endpoint.handle(self._service, request), receive)
        except Overloaded:
            return overloaded(endpoint.dialect.busy_status).response()
        except Refusal as refusal:
            return refusal.response()
        return Response(answer.model_dump_json(), media_type="application/json")

    @contextmanager
    def _body_memory(self) -> Iterator[Callable[[int], None]]:
        """Count the bytes of a body while it is in memory. Raise ``Overloaded`` past the most."""
        service = self._service
        counted = 0

        def count(size: int) -> None:
            nonlocal counted
            counted += size
            service.bodies += size
            if service.is_full:
                raise Overloaded

        try:
            yield count
        finally:
            service.bodies -= counted


async def _read(scope: Scope, receive: Receive, limit: int, count: Callable[[int], None]) -> bytes:
    """Return the body of a request.

    Raises:
        Refusal: It is longer than ``limit`` bytes, or comes too slowly.
        _Gone: The client went away.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > limit:
            raise too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Gone
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size > limit:
                    raise too_large(limit)
                count(len(chunk))
                chunks.append(chunk)
                if not message.get("more_body"):
                    return b"".join(chunks)
    except TimeoutError:
        raise Refusal(
            408, f"the request did not arrive within {BODY_S:g} s", {"Connection": "close"}
        ) from None


def _unprocessable(error: ValidationError) -> Refusal:
    """Return FastAPI's answer to a body of another form."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    for detail in details:
        detail["loc"] = ("body", *detail["loc"])
    return Refusal(422, details)


async def _unless_gone(work: Awaitable[BaseModel], receive: Receive) -> BaseModel:
    """Await ``work``, and cancel it when the client goes away: then raise ``_Gone``."""
    task = asyncio.current_task()
    assert task is not None
    is_waiting = True

    def stop(_: object) -> None:
        if is_waiting:
            task.cancel()

    # the body was read: the only message that is left says that the client has gone
    farewell = asyncio.ensure_future(receive())
    farewell.add_done_callback(stop)
    try:
        return await work
    except asyncio.CancelledError:
        if farewell.done() and task.uncancel() == 0:
            raise _Gone from None
        raise
    finally:
        is_waiting = False
        farewell.cancel()
