"""Servers of the tests: in this process, on a free port, with the session's sandbox."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
import uvloop

from rltf import Limits, Sandbox
from rltf.serve import server
from rltf.serve.app import make_app
from rltf.serve.options import ServeOptions
from rltf.serve.service import Service

PATIENCE_S = 300.0
"""How long a test waits for what has to happen, on however busy a machine."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    url: str
    port: int

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask(path, data, headers)

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask(path, None, headers)

    def _ask(self, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def metric(self, name: str) -> float:
        match = re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics").body.decode(), re.M)
        return float(match[1]) if match else 0.0

    def waits_for(self, name: str, value: float) -> None:
        """Wait until a metric has a value."""
        until = time.monotonic() + PATIENCE_S
        while (now := self.metric(name)) != value:
            assert time.monotonic() < until, f"{name} is {now}, not {value}"
            time.sleep(0.02)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)


@contextmanager
def serving(sandbox: Sandbox, **options: Any) -> Iterator[Running]:
    settings = ServeOptions(**{"limits": Limits(cpu_s=60.0), **options})
    sock = server.listen("127.0.0.1", 0)
    running = uvicorn.Server(server.configuration(make_app(Service(sandbox, settings))))
    thread = threading.Thread(target=lambda: uvloop.run(running.serve(sockets=[sock])))
    url = server.url_of(sock)
    thread.start()
    try:
        yield Running(url, int(url.rpartition(":")[2]))
    finally:
        running.should_exit = True
        thread.join()


Start = Callable[..., AbstractContextManager[Running]]


@pytest.fixture
def start(sandbox: Sandbox) -> Start:
    """Starts a server with options of its own."""
    return lambda **options: serving(sandbox, **options)


@pytest.fixture(scope="session")
def running(sandbox: Sandbox) -> Iterator[Running]:
    """A server with the usual options."""
    with serving(sandbox) as started:
        yield started


@contextmanager
def process(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], Running]]:
    """``rltf serve`` in a process of its own, which ends with the context."""
    started = subprocess.Popen(
        [sys.executable, "-m", "rltf", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    try:
        assert started.stdout is not None
        line = started.stdout.readline()
        match = re.fullmatch(r"serving on (http://\S+:(\d+))\n", line)
        assert match, started.communicate()
        url = match[1].replace("0.0.0.0", "127.0.0.1")
        yield started, Running(url, int(match[2]))
    finally:
        if started.poll() is None:
            started.send_signal(signal.SIGTERM)
        started.communicate(timeout=PATIENCE_S)
