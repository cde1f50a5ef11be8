"""A worker group in a process of this machine, behind a socket.

Its messages have their length in front of them. The process is executed, never forked from a client
with threads. It ends when the client closes the socket or dies, and its zygotes end with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from rltf.sandbox.client.connection import SEND_TIMEOUT_S
from rltf.sandbox.groups import messages
from rltf.sandbox.groups.dispatcher import Dispatcher
from rltf.sandbox.groups.group import Group, Listener
from rltf.sandbox.groups.server import GroupServer, GroupSettings
from rltf.sandbox.sandbox import Sandbox

_FAREWELL_S = 10.0
_LENGTH = struct.Struct("=Q")
_TIMEVAL = struct.Struct("@ll")  # struct timeval of the C library
_BUFFER = 1 << 16
_START = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[2]); "
    "from rltf.sandbox.groups import group_process; group_process.main(int(sys.argv[1]))"
)


class GroupProcess(Group):
    """The client's end."""

    def __init__(
        self, slot: int, workers: int, settings: GroupSettings, listener: Listener
    ) -> None:
        super().__init__(slot, workers)
        self._socket, theirs = socket.socketpair()
        timeout = _TIMEVAL.pack(int(SEND_TIMEOUT_S), 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), json.dumps(sys.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # it does not hear Ctrl-C, which the client handles
            )
        self.pid = self._process.pid
        self.send(pickle.dumps(replace(settings, workers=workers)))
        threading.Thread(target=self._read, args=(listener,), daemon=True).start()

    def _read(self, listener: Listener) -> None:
        with self._socket:
            for message in _messages(self._socket):
                listener.received(self, message)
        listener.lost(self)

    @property
    def pids(self) -> tuple[int, ...]:
        """Itself and its zygotes."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        zygotes = [int(word) for task in tasks for word in _text(task).split()]
        return (self.pid, *sorted(zygotes))

    def send(self, message: bytes) -> None:
        """Send a message. The reading thread tells of a loss."""
        try:
            _send(self._socket, message)
        except OSError:
            self._shut_down()  # such as of a process that was stopped

    def close(self) -> None:
        """End the process. Safe to call twice."""
        self._shut_down()
        try:
            self._process.wait(timeout=_FAREWELL_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def abandon(self) -> None:
        """Close our copy of the socket, in a fork of the process that owns it."""
        self._socket.close()
        self._process.returncode = 0  # so that Popen does not wait for a child of another process

    def _shut_down(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


def on_this_machine(make: Callable[..., Sandbox], workers: int, in_group: int) -> Dispatcher:
    """Return a backend with groups of about the same size. It is not open yet.

    Args:
        make: Makes the sandbox of a group, with the option ``workers``. It can be pickled.
        workers: Of all groups.
        in_group: The most workers of a group.
    """
    settings = GroupSettings.of_this_process(make)
    slots = -(-workers // in_group)
    sizes = [workers // slots + (slot < workers % slots) for slot in range(slots)]

    def start(slot: int, listener: Listener) -> Group:
        return GroupProcess(slot, sizes[slot], settings, listener)

    return Dispatcher(start, slots)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # it has ended


def _send(connection: socket.socket, message: bytes) -> None:
    length = _LENGTH.pack(len(message))
    sent = connection.sendmsg([length, message], (), socket.MSG_NOSIGNAL)
    if sent < len(length) + len(message):
        connection.sendall((length + message)[sent:], socket.MSG_NOSIGNAL)


def _messages(connection: socket.socket) -> Iterator[bytes]:
    """Yield messages until the other end is gone."""
    ahead = bytearray()
    while True:
        while len(ahead) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(ahead)[0]
            if len(ahead) < end:
                break
            yield bytes(memoryview(ahead)[_LENGTH.size : end])
            del ahead[:end]
        try:
            data = connection.recv(_BUFFER)
        except OSError:
            return
        if not data:
            return
        ahead += data


# ------------------------------------------------------------------------------- in the process


def main(descriptor: int) -> None:
    """Serve the client at the other end of a socket until it is gone."""
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)  # zygotes must not keep it open
    received = _messages(connection)
    try:
        server = GroupServer(pickle.loads(next(received)).open())
    except StopIteration:
        return
    except Exception as error:
        _send(connection, messages.encode([(messages.FAILED, messages.pickle_exception(error))]))
        return
    threading.Thread(target=_answer, args=(server, connection), daemon=True).start()
    for message in received:
        server.put(message)
    server.close()
    os._exit(0)  # threads may wait for programs that have ended with their zygotes


def _answer(server: GroupServer, connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            _send(connection, server.take())
