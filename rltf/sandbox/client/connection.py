"""The client's end of the control socket: frames as csrc/protocol.h lays them out.

They are queued, sent together, and read ahead.
"""

from __future__ import annotations

import array
import contextlib
import socket
import struct
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from rltf.sandbox._native import ffi, lib

WIRE_PROGRAM: int = lib.WIRE_PROGRAM
WIRE_TEST: int = lib.WIRE_TEST
WIRE_END: int = lib.WIRE_END
WIRE_RESULT: int = lib.WIRE_RESULT
WIRE_READY: int = lib.WIRE_READY
WIRE_OVERDUE: int = lib.WIRE_OVERDUE
TEST_IS_SOURCE: int = lib.TEST_IS_SOURCE

_FORMATS = {"uint64_t": "Q", "uint32_t": "I", "int32_t": "i"}


class Layout:
    """The layout of C structs that follow one another without padding."""

    def __init__(self, *structs: str) -> None:
        members = [member for name in structs for member in ffi.typeof(f"struct {name}").fields]
        self.fields = tuple(name for name, _ in members)
        """The names of the fields, in the order in which they lie."""
        formats = (_FORMATS[member.type.cname] for _, member in members)
        self._struct = struct.Struct("=" + "".join(formats))
        self.size = self._struct.size
        assert self.size == sum(ffi.sizeof(f"struct {name}") for name in structs)
        self.unpack_from = self._struct.unpack_from

    def pack(self, **values: int) -> bytes:
        """Pack a value for each field; unused fields may be left out."""
        return self._struct.pack(*[values.get(name, 0) for name in self.fields])

    def packer(self, *fields: str) -> Callable[..., bytes]:
        """Return a fast ``pack`` that takes values by position; the names say which is which."""
        if fields != self.fields:
            raise TypeError(f"csrc/protocol.h has the fields {self.fields}, not {fields}")
        return self._struct.pack

    def picker(self, *fields: str) -> Callable[[tuple[int, ...]], tuple[Any, ...]]:
        """Return a function that picks fields by name out of what ``unpack_from`` returned."""
        return itemgetter(*map(self.fields.index, fields))


HEADER = Layout("wire_header")
PROGRAM = Layout("wire_program")
TEST = Layout("wire_header", "wire_test")
RESULT = Layout("wire_header", "wire_result")
OVERDUE = Layout("wire_overdue")
GRANT = Layout("wire_grant")


def layer_bit(name: str) -> int:
    """Return the bit (``enum layer``) of a layer's name."""
    return int(getattr(lib, f"LAYER_{name.upper()}"))


SEND_TIMEOUT_S = 60.0
_READ_AHEAD = 65536
_TIMEVAL = struct.Struct("@ll")  # struct timeval of the C library
_pack_header = HEADER.packer("type", "length")


class ZygoteDied(Exception):
    """The zygote is gone or does not answer. What it has not answered must run again."""


class Connection:
    """A stream of frames to and from a zygote."""

    def __init__(self, control: socket.socket) -> None:
        self._socket = control
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(SEND_TIMEOUT_S))
        self._timeout_s = 0.0
        self.queued: list[bytes] = []
        """Frames for the next ``flush`` to send."""
        self.ahead = b""
        """Bytes that were read. Everything before ``at`` is used."""
        self.at = 0

    def fileno(self) -> int:
        """Return the descriptor for polling: readable when more has come than was read ahead."""
        return self._socket.fileno()

    @property
    def is_ahead(self) -> bool:
        """Whether something was read that has not been used."""
        return self.at < len(self.ahead)

    def queue(self, kind: int, *parts: bytes) -> None:
        """Queue a frame for the next ``flush``."""
        self.queued += (_pack_header(kind, sum(map(len, parts))), *parts)

    def flush(self, descriptor: int | None = None) -> None:
        """Send what is queued, along with a descriptor."""
        buffers, self.queued = self.queued, []
        if not buffers:
            return
        rights = [] if descriptor is None else [_rights(descriptor)]
        try:
            sent = self._socket.sendmsg(buffers, rights, socket.MSG_NOSIGNAL)
            if sent < sum(map(len, buffers)):
                self._socket.sendall(b"".join(buffers)[sent:], socket.MSG_NOSIGNAL)
        except OSError as error:
            raise ZygoteDied(str(error)) from None

    def receive(self, timeout_s: float) -> tuple[int, bytes]:
        """Return the next frame: its type, and what follows its header."""
        kind, length = self.wait_for_frame(timeout_s)
        start = self.at + HEADER.size
        self.at = start + length
        return kind, self.ahead[start : self.at]

    def wait_for_frame(self, timeout_s: float) -> tuple[int, int]:
        """Wait for the next frame. Return its type and the length of what follows its header."""
        size = HEADER.size
        self._read_ahead(size, timeout_s)
        kind, length = HEADER.unpack_from(self.ahead, self.at)
        self._read_ahead(size + length, timeout_s)
        return kind, length

    def shut_down(self) -> None:
        """Shut the connection down. A thread that waits for a frame gets :class:`ZygoteDied`."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _read_ahead(self, size: int, timeout_s: float) -> None:
        """Read until ``size`` unused bytes are there."""
        missing = size - (len(self.ahead) - self.at)
        if missing <= 0:
            return
        pieces = [self.ahead[self.at :]]
        while missing > 0:
            try:
                self._set_timeout(timeout_s)
                pieces.append(self._socket.recv(max(_READ_AHEAD, missing)))
            except BlockingIOError:
                raise ZygoteDied("it does not answer") from None
            except OSError as error:
                raise ZygoteDied(str(error)) from None
            if not pieces[-1]:
                raise ZygoteDied("it closed its socket")
            missing -= len(pieces[-1])
        self.ahead = b"".join(pieces)
        self.at = 0

    def _set_timeout(self, seconds: float) -> None:
        """Set the kernel's own timeout: Python's costs two more system calls each time."""
        if seconds != self._timeout_s:
            self._timeout_s = seconds
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(seconds))


def _timeval(seconds: float) -> bytes:
    return _TIMEVAL.pack(int(seconds), int(seconds % 1 * 1e6))


def _rights(descriptor: int) -> tuple[int, int, array.array[int]]:
    return (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))
