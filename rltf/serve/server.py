"""The process of a server: its socket, its signals, and its end.

A stop signal closes the socket; what was accepted is answered before the process ends. A second
Ctrl-C ends it at once.
"""

from __future__ import annotations

import errno
import resource
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import uvicorn
import uvloop
from starlette.types import ASGIApp

from rltf.errors import Refused, UserError
from rltf.sandbox import Sandbox
from rltf.serve.app import make_app
from rltf.serve.connection import Connection
from rltf.serve.options import ServeOptions
from rltf.serve.service import Service

_BACKLOG = 4096
_DEAD_PEER_MS = 60_000
_KEEP_ALIVE_S = 75


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; port 0 is any free one.

    Raises ``UserError`` that says what is wrong with the address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise UserError(f"--host {host}: {error.args[-1]}") from None
    sock = socket.socket(family, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # accepted connections inherit these: one whose client has vanished, or never reads, ends
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_PEER_MS)
    try:
        sock.bind(address)
        sock.listen(_BACKLOG)  # from now on clients wait instead of being refused
    except OSError as error:
        sock.close()
        raise _refused(host, port, error) from None
    return sock


def _refused(host: str, port: int, error: OSError) -> UserError:
    if error.errno == errno.EADDRINUSE:
        return Refused(f"port {port} of {host} is in use: give another --port, or 0 for a free one")
    return Refused(f"cannot listen on port {port} of {host}: {error.strerror}")


def url_of(sock: socket.socket) -> str:
    """Return the URL of a socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_local(sock: socket.socket) -> bool:
    """Return whether only this machine reaches a socket."""
    host: str = sock.getsockname()[0]
    return host.startswith("127.") or host == "::1"


def run(
    sock: socket.socket,
    options: ServeOptions,
    workers: int | None,
    on_ready: Callable[[Service], None],
) -> None:
    """Serve until a stop signal arrives, and answer what was accepted before.

    Args:
        sock: Where to listen; it is closed.
        options: What is accepted.
        workers: Programs that run at one time; ``None``: one for each core.
        on_ready: Called before the first request is answered.
    """
    raise_descriptor_limit()
    with sock, Sandbox(workers, limits=options.limits) as sandbox:
        service = Service(sandbox, options, has_folder=_warm(sandbox))
        server = uvicorn.Server(configuration(make_app(service)))

        def stop(_: int, __: FrameType | None) -> None:
            server.should_exit = True

        # uvicorn raises a stop signal again when it has ended: here it has done what it should
        before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            on_ready(service)
            uvloop.run(server.serve(sockets=[sock]))
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def configuration(app: ASGIApp) -> uvicorn.Config:
    """Return uvicorn's settings for an application."""
    return uvicorn.Config(
        app,
        http=Connection,
        loop="none",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="error",
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        server_header=False,
    )


def raise_descriptor_limit() -> None:
    """Allow this process as many open connections as the system does."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _warm(sandbox: Sandbox) -> bool:
    """Start the zygotes of all workers. Return whether programs can have a folder."""
    with ThreadPoolExecutor(sandbox.workers) as threads:
        runs = [
            threads.submit(sandbox.run, "import time\ntime.sleep(0.2)", files=True)
            for _ in range(sandbox.workers)
        ]
    return all(run.result().status == "passed" for run in runs)
