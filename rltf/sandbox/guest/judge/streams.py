"""The standard streams as a test has set them."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any

from ..shared import values
from ..test_code import captures

NAMES = ("stdin", "stdout", "stderr")


class Streams:
    """Tells which streams a test has replaced, and writes to them what the program wrote."""

    def __init__(self) -> None:
        self._own = {name: getattr(sys, name) for name in NAMES}
        self._sent: dict[str, Any] = dict(self._own)
        self._known: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._input: tuple[int, str, int] | None = None
        """A number, text and position that the candidate knows."""

    def news(self) -> Any:
        changed = [
            (name, *self._description(name, stream))
            for name in NAMES
            if (stream := getattr(sys, name, None)) is not self._sent[name]
            or (name == "stdin" and self._has_moved(stream))
        ]
        self._sent = {name: getattr(sys, name, None) for name in NAMES}
        return tuple(changed) or None

    def _description(self, name: str, stream: Any) -> tuple[Any, ...]:
        for own in NAMES:
            if stream is self._own[own] or stream is getattr(sys, f"__{own}__"):
                return ("own", own)
        if isinstance(stream, captures.DescriptorStream):
            return ("descriptor", stream.fileno())
        inner = getattr(stream, "buffer", None) if isinstance(stream, io.TextIOWrapper) else None
        if name != "stdin":
            if type(inner) is io.BytesIO:
                return ("bytes", self._number(stream), stream.encoding, stream.errors)
            is_text = isinstance(stream, io.TextIOBase) and not hasattr(stream, "_rltf_ref")
            return ("text", self._number(stream)) if is_text else ("value", stream)
        if type(stream) is io.StringIO:
            self._input = self._number(stream), stream.getvalue(), stream.tell()
            return ("input", *self._input)
        if type(inner) is io.BytesIO:
            data = inner.getvalue()[inner.tell() :]
            return ("input bytes", self._number(stream), data, stream.encoding)
        if isinstance(stream, io.TextIOBase):
            with contextlib.suppress(OSError, ValueError):
                if os.path.samestat(os.fstat(stream.fileno()), os.stat(os.devnull)):
                    return ("input", self._number(stream), "", 0)
        return ("value", stream)

    def _has_moved(self, stream: Any) -> bool:
        """Return whether the test has written to its input or moved in it."""
        if type(stream) is not io.StringIO or self._input is None or stream.closed:
            return False
        return self._input[1:] != (stream.getvalue(), stream.tell())

    def _number(self, stream: Any) -> int:
        number = self._numbers.get(id(stream))
        if number is None:
            number = self._numbers[id(stream)] = len(self._known)
            self._known.append(stream)
        return number

    def hear(self, written: Any, position: Any, descriptors: Any) -> None:
        for number, *pieces in written:
            if not (type(number) is int and 0 <= number < len(self._known)):
                raise ValueError(number)
            _write(self._known[number], pieces)
        if position is not None:
            if self._input is None or type(position) is not int or position < 0:
                raise ValueError(position)
            number, text, _ = self._input
            self._input = number, text, position
            self._known[number].seek(position)
        for number, data in descriptors:
            if number not in (1, 2) or type(data) is not bytes:
                raise ValueError(number)
            captures.write(number, data)

    def reset(self) -> None:
        for name in NAMES:
            setattr(sys, name, self._own[name])


def _write(stream: Any, pieces: list[Any]) -> None:
    if all(type(piece) is str for piece in pieces):
        if type(stream) is io.StringIO:
            stream.write("".join(pieces))
            return
        for piece in pieces:
            stream.write(piece)
    elif isinstance(stream, io.TextIOWrapper) and all(type(piece) is bytes for piece in pieces):
        stream.flush()
        stream.buffer.write(b"".join(pieces))
    else:
        raise ValueError("no text")


def standard(name: str) -> Any:
    """Return the standard stream of that name in this process."""
    if name.strip("_") not in NAMES:
        raise values.BadValue("no stream")
    return getattr(sys, name, None)
