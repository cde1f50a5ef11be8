"""Keep out clients that do not know the server's token."""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.types import ASGIApp, Receive, Scope, Send

from rltf.serve.refusal import Refusal

_OPEN_PATHS = {"/health"}


class TokenGuard:
    """Answers 401 to requests without the token.

    It is accepted as ``Authorization: Bearer TOKEN`` and as the password of ``Basic``. The clients
    of the other dialects send no header of their own, but all take a URL such as
    ``http://rltf:TOKEN@host:8080``.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _OPEN_PATHS:
            given = next((v for name, v in scope["headers"] if name == b"authorization"), b"")
            if not hmac.compare_digest(_secret(given), self._token):
                refusal = Refusal(
                    401,
                    "this server asks for a token: Authorization: Bearer TOKEN",
                    {"WWW-Authenticate": "Bearer"},
                )
                await refusal.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _secret(header: bytes) -> bytes:
    scheme, _, value = header.partition(b" ")
    if scheme.lower() == b"bearer":
        return value.strip()
    if scheme.lower() == b"basic":
        try:
            return base64.b64decode(value).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""
