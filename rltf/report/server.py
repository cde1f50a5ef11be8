"""Show a page while its folder grows: a small server for this machine alone."""

from __future__ import annotations

import errno
import gzip
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from rltf.errors import RltfError, UserError
from rltf.report.html import live_html, reading
from rltf.report.sources import Source

_LOCAL = ("127.0.0.1", "::1", "localhost")
_POLICY = "default-src 'none'; frame-ancestors 'none'"


def serve(source: Source, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve a page until Ctrl-C or SIGTERM.

    Args:
        port: 0 is any free one.
        on_ready: Is told the address of the page.

    Raises :class:`rltf.errors.UserError` if the address cannot be used.
    """
    source.refresh()  # an error is the user's to see, not the first request's
    try:
        server = _Server(source, host, port)
    except OSError as error:
        raise _refused(host, port, error) from None
    name = f"[{host}]" if ":" in host else host
    with server, suppress(KeyboardInterrupt):  # the way that it ends
        on_ready(f"http://{name}:{server.server_address[1]}/")
        server.serve_forever(poll_interval=0.2)


def _refused(host: str, port: int, error: OSError) -> UserError:
    if error.errno == errno.EADDRINUSE:
        return UserError(
            f"port {port} of {host} is in use: give another --port, or 0 for a free one"
        )
    return UserError(f"cannot listen on port {port} of {host}: {error.strerror or error}")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, source: Source, host: str, port: int) -> None:
        self.source = source
        self.lock = threading.Lock()
        self.hosts = None if host not in _LOCAL else {*_LOCAL, host}
        """The names that a request may ask for; ``None``: any."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a reader that has closed its page; show any other error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = 30.0

    def do_GET(self) -> None:
        """Answer with the page, or with what is new since the samples that the reader has."""
        try:
            address, host = urlsplit(self.path), urlsplit(f"//{self.headers.get('Host', '')}")
        except ValueError as error:
            self._answer(400, f"{error}\n".encode("utf-8", "replace"), "text/plain")
            return
        if not self._is_for_us(host.hostname):
            self._answer(403, b"this page is for this machine alone\n", "text/plain")
            return
        try:
            if address.path == "/":
                self._answer(200, self._page(), "text/html; charset=utf-8", policy=False)
            elif address.path == "/data":
                self._answer(200, self._data(address.query), "application/json")
            else:
                self._answer(404, b"no such page\n", "text/plain")
        except (RltfError, OSError) as error:
            self._answer(500, f"{error}\n".encode("utf-8", "replace"), "text/plain")

    def _page(self) -> bytes:
        with self.server.lock:
            return live_html(self.server.source.refresh()).encode()

    def _data(self, query: str) -> bytes:
        asked = parse_qs(query)
        source = self.server.source
        with self.server.lock:
            page = source.refresh()
            since, restarts = _whole(asked.get("since")), _whole(asked.get("restarts"))
            if restarts != source.restarts or since > len(source.samples):
                since = 0
            return reading(page, source, since)

    def _is_for_us(self, name: str | None) -> bool:
        """Refuse names of other machines: a page elsewhere may have its name point to this one."""
        return self.server.hosts is None or name in self.server.hosts

    def _answer(self, code: int, body: bytes, kind: str, *, policy: bool = True) -> None:
        packs = "gzip" in self.headers.get("Accept-Encoding", "")
        if packs:
            body = gzip.compress(body, compresslevel=5)
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if packs:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        if policy:
            self.send_header("Content-Security-Policy", _POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal quiet."""


def _whole(values: list[str] | None) -> int:
    text = values[0] if values else "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
