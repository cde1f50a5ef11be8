"""Reading what a program's module defines, as its process lists it."""

from __future__ import annotations

from ..shared import values

_ENTRY = b"t\x03\0\0\0"  # the bytes that start a tuple of three


def read(data: bytes) -> dict[str, tuple[str, str]]:
    """Return kind and detail by name. Builds nothing else, whatever a program has written."""
    reader = values.Reader(data)
    if reader.take(1) != b"l":
        raise values.BadValue("no list")
    inventory = {}
    for _ in range(reader.count()):
        if reader.take(len(_ENTRY)) != _ENTRY:
            raise values.BadValue("no entry")
        name, kind, detail = _read_text(reader), _read_text(reader), _read_text(reader)
        inventory[name] = (kind, detail)
    if reader.at != len(data):
        raise values.BadValue("bytes are left over")
    return inventory


def _read_text(reader: values.Reader) -> str:
    if reader.take(1) != b"s":
        raise values.BadValue("no text")
    return reader.bytes().decode("utf-8", "replace")
