"""pytest's fixtures for captured output, without pytest's temporary files."""

from __future__ import annotations

import collections
import contextlib
import io
import os
import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

NAMES = ("capsys", "capsysbinary", "capfd", "capfdbinary")
CaptureResult = collections.namedtuple("CaptureResult", "out err")


class DescriptorStream(io.TextIOWrapper):
    """Writes to a descriptor at once, so that the order is kept with what is written beside it."""

    def __init__(self, fd: int) -> None:
        raw = io.BufferedWriter(io.FileIO(fd, "w", closefd=False))
        super().__init__(raw, "utf-8", "surrogateescape", newline="", write_through=True)

    def write(self, text: str, /) -> int:
        count = super().write(text)
        self.flush()
        return count


def write(fd: int, data: bytes) -> None:
    """Write to a standard stream by its descriptor."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class _Captured:
    """Text that was written to one stream.

    The methods are those of the classes: a program can set attributes of the stream.
    """

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self.stream = io.TextIOWrapper(self._buffer, "utf-8", newline="", write_through=True)

    def take(self) -> bytes:
        io.TextIOWrapper.flush(self.stream)
        data = io.BytesIO.getvalue(self._buffer)
        io.TextIOWrapper.seek(self.stream, 0)
        io.TextIOWrapper.truncate(self.stream)
        return data

    def skip(self) -> None:
        """Forget nothing: nothing else is written here."""


class _Descriptor:
    """What was written to a descriptor, which is a file that can be read."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.stream: Any = DescriptorStream(fd)
        self._at = os.lseek(fd, 0, os.SEEK_CUR)

    def take(self) -> bytes:
        data = os.pread(self._fd, 1 << 28, self._at)
        self._at += len(data)
        return data

    def skip(self) -> None:
        """Forget what was written in the meantime."""
        self._at = os.lseek(self._fd, 0, os.SEEK_CUR)


class Capture:
    """The fixtures ``capsys``, ``capfd`` and their binary twins."""

    def __init__(self, is_binary: bool, of_descriptors: bool) -> None:
        self._is_binary = is_binary
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._out: _Captured | _Descriptor = _Descriptor(1) if of_descriptors else _Captured()
        self._err: _Captured | _Descriptor = _Descriptor(2) if of_descriptors else _Captured()
        self._before = sys.stdout, sys.stderr
        self._install()

    def _install(self) -> None:
        sys.stdout, sys.stderr = self._out.stream, self._err.stream

    def readouterr(self) -> Any:
        """Return what has been written since the last call."""
        taken = self._out.take(), self._err.take()
        if self._is_binary:
            return CaptureResult(*taken)
        return CaptureResult(*(data.decode("utf-8", "replace") for data in taken))

    @contextlib.contextmanager
    def disabled(self) -> Iterator[None]:
        """Write to the real streams for a while."""
        self.end()
        try:
            yield
        finally:
            self._install()
            self._out.skip()
            self._err.skip()

    def end(self) -> None:
        """Put the streams back."""
        sys.stdout, sys.stderr = self._before


def fixture(name: str) -> Any:
    """Return a context with the fixture of that name."""

    @contextlib.contextmanager
    def captured() -> Iterator[Capture]:
        capture = Capture("binary" in name, name.startswith("capfd"))
        try:
            yield capture
        finally:
            capture.end()

    return captured
