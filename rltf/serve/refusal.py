"""What the server does not do, and the HTTP status that says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

RETRY_AFTER_S = 1
"""When a client that met a full queue may try again. A program takes milliseconds."""


class Refusal(Exception):
    """A request that is not answered with a result. ``detail`` says why, as FastAPI words it."""

    def __init__(
        self, status: int, detail: Any, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers

    def response(self) -> Response:
        """Return the answer that a client gets."""
        return Response(
            json.dumps({"detail": self.detail}),
            self.status,
            dict(self.headers),
            media_type="application/json",
        )


class Overloaded(Exception):
    """The queue is full. Each dialect has its own status for this."""


def too_large(limit: int) -> Refusal:
    """Return the refusal of a body of more than ``limit`` bytes."""
    return Refusal(413, f"the request has more than {limit} bytes, the most this server accepts")


def overloaded(status: int) -> Refusal:
    """Return the refusal of a full queue, in the words of a dialect."""
    detail = "the server has as many programs as it accepts; try again"
    return Refusal(status, detail, {"Retry-After": str(RETRY_AFTER_S)})
