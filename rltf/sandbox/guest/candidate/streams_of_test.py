"""Stand-ins for the streams that a test has put into ``sys``: see ``judge/streams.py``."""

from __future__ import annotations

import collections
import contextlib
import io
import os
import sys

from ..test_code import captures

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

STREAMS = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")
_MOST_KEPT = 64
"""Streams that are not in ``sys`` any more and may still be written to."""


class _Text(io.StringIO):
    """A text stream of the test, to which the program writes."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: collections.deque[str] = collections.deque()

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"string argument expected, got {type(text).__name__!r}")
        self._pieces.append(str(text))
        return len(text)


class _Bytes(io.BytesIO):
    """What a text stream of the test writes to."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: collections.deque[bytes] = collections.deque()

    def write(self, data: Any, /) -> int:
        piece = bytes(memoryview(data))
        self._pieces.append(piece)
        return len(piece)


_Text.__name__ = _Text.__qualname__ = "StringIO"
_Bytes.__name__ = _Bytes.__qualname__ = "BytesIO"
_Text.__module__ = _Bytes.__module__ = "_io"


def _taken(pieces: Any) -> list[Any]:
    """Take all pieces, those that another thread adds in the meantime included."""
    taken = []
    with contextlib.suppress(IndexError):
        while True:
            taken.append(pieces.popleft())
    return taken


class Streams:
    """Puts stand-ins in place, and tells what the program wrote to them and read from them."""

    def __init__(self) -> None:
        self._own: dict[str, Any] = {}
        """What is in ``sys`` while the test has replaced nothing."""
        self._streams: dict[int, Any] = {}
        self._pieces: dict[int, Any] = {}
        self._input: Any = None
        self._position = 0
        self._at = {1: 0, 2: 0}
        """How much of each descriptor the judge has, while it wants all of it."""
        self._descriptors: set[int] = set()

    def take(self, changed: Any) -> None:
        for name, kind, *rest in changed:
            self._own.setdefault(name, getattr(sys, name, None))
            setattr(sys, name, self._stream(name, kind, *rest))
            if kind == "own" and rest == [name]:
                del self._own[name]
            if kind == "descriptor":
                self._descriptors.add(rest[0])
                self._at[rest[0]] = os.lseek(rest[0], 0, os.SEEK_CUR)
            elif name != "stdin":
                self._descriptors.discard(1 + (name == "stderr"))

    def _stream(self, name: str, kind: str, *rest: Any) -> Any:
        match kind, rest:
            case "own", (other,):
                return self._own.get(other, getattr(sys, other, None))
            case "value", (value,):
                return value
            case "descriptor", (fd,):
                self._own[name].flush()
                return captures.DescriptorStream(fd)
            case "input", (_, text, position):
                self._input = io.StringIO(text)
                self._position = self._input.seek(position)
                return self._input
            case "input bytes", (number, data, encoding):
                if number not in self._streams:
                    self._keep(number, io.TextIOWrapper(io.BytesIO(data), encoding))
            case "text", (number,) if number not in self._streams:
                text = _Text()
                self._keep(number, text, text._pieces)
            case "bytes", (number, encoding, errors) if number not in self._streams:
                raw = _Bytes()
                made = io.TextIOWrapper(raw, encoding, errors, newline="", write_through=True)
                self._keep(number, made, raw._pieces)
        return self._streams[rest[0]]

    def _keep(self, number: int, stream: Any, pieces: Any = None) -> None:
        while len(self._streams) > _MOST_KEPT:
            oldest = next(iter(self._streams))
            del self._streams[oldest]
            self._pieces.pop(oldest, None)
        self._streams[number] = stream
        if pieces is not None:
            self._pieces[number] = pieces

    def events(self) -> tuple[Any, ...] | None:
        """Return what the program wrote and read since the last call, or ``None``."""
        written = tuple(
            (number, *_taken(pieces)) for number, pieces in self._pieces.items() if pieces
        )
        position = self._moved()
        descriptors = tuple(self._written(fd) for fd in self._descriptors)
        descriptors = tuple((fd, data) for fd, data in descriptors if data)
        if written or descriptors or position is not None:
            return written, position, descriptors
        return None

    def _moved(self) -> int | None:
        if self._input is None or sys.stdin is not self._input:
            return None
        try:
            position = self._input.tell()
        except ValueError:  # closed
            return None
        if position == self._position:
            return None
        self._position = position
        return int(position)

    def _written(self, fd: int) -> tuple[int, bytes]:
        try:
            (sys.__stdout__ if fd == 1 else sys.__stderr__).flush()  # type: ignore[union-attr]
            data = os.pread(fd, 1 << 25, self._at[fd])
        except (OSError, ValueError, AttributeError):  # the program has closed it
            return fd, b""
        self._at[fd] += len(data)
        return fd, data


def printed() -> str:
    """Return what this process has printed."""
    try:
        sys.__stdout__.flush()  # type: ignore[union-attr]
        length = os.lseek(1, 0, os.SEEK_CUR)
        return os.pread(1, length, 0).decode("utf-8", "replace") if length else ""
    except (OSError, ValueError, AttributeError):  # the program has closed it
        return ""


def name_of(thing: Any) -> str | None:
    """Return the name in ``sys`` of a standard stream, or of what stands for one."""
    if issubclass(type(thing), io.TextIOBase):
        for name in STREAMS:
            if getattr(sys, name, None) is thing:
                return name
    return None
