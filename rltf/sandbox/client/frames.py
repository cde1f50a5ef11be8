"""The frames between client and zygote, packed and unpacked as csrc/protocol.h lays them out."""

from __future__ import annotations

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
