"""Encoding data as bytes: how values cross between a program and the processes that judge it.

A value crosses by its exact type; an extension decides what an instance of a subclass crosses as
(subclass_values.py). The bytes are canonical: equal sets give equal bytes in whatever order they
were built, so equal bytes mean equal values. value_reader.py is the other direction.

Format: a tag byte, then by tag
    N T F                  None, True, False
    i                      u32 length, two's complement, little endian
    f c                    8 or 16 bytes
    s b                    u32 length, bytes (str: UTF-8 with surrogates)
    l t S Z r q            u32 count, items (list, tuple, set, frozenset; the parts of range, deque)
    d C O D                u32 count, keys and values in turn (D: first its default factory, the
                           name of a type or an extension)
    m a 1 2 3 4            the value it is made of: text (Decimal, date), or parts as a tuple
    n A                    numpy scalar, array: dtype text, shape tuple, bytes
    w                      another standard class (standard_values.py): its name, and one value
    x                      an extension of the channel of judge and candidate: u32 length, bytes
    y                      the same of an object that is data as well: u32 length, bytes, its data
    R                      a container that came before (shared_containers.py): u32 its number
"""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import sys
from collections.abc import Callable

from . import standard_values
from .subclass_values import As, plain
from .tracking import Outgoing
from .value_reader import (
    C128,
    DTYPE,
    F64,
    FACTORIES,
    LONGEST_TEXT,
    MAX_DEPTH,
    U32,
    BadValue,
    Reader,
    decode,
)

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

    Extension = Callable[[Any], bytes | As | None]

__all__ = (
    "MAX_DEPTH",
    "BadValue",
    "Reader",
    "UnsupportedValue",
    "decode",
    "encode",
    "plain",
    "write",
)


class UnsupportedValue(Exception):
    """The value has a type that cannot be encoded. The message is the type's name."""

    def __init__(self, message: str, value: object = None) -> None:
        super().__init__(message)
        self.value = value


def encode(value: object, extension: Extension | None = None) -> bytes:
    """Encode a value. ``extension`` decides what an object that is not data crosses as."""
    out: list[bytes] = []
    _write(value, out, 0, extension)
    return b"".join(out)


def write(value: object, out: list[bytes], extension: Extension | None) -> None:
    """Append the pieces of an encoded value to ``out``."""
    _write(value, out, 0, extension)


def _write(value: Any, out: list[bytes], depth: int, extension: Extension | None) -> None:
    if depth > MAX_DEPTH:
        raise UnsupportedValue("value too deeply nested")
    writer = _WRITERS.get(type(value))
    if writer is not None:
        writer(value, out, depth + 1, extension)
    elif _is_numpy(value):
        write = _WRITE_ARRAY if type(value).__name__ == "ndarray" else _write_numpy
        write(value, out, depth, extension)
    else:
        _write_object(value, out, depth, extension)


def _write_object(value: Any, out: list[bytes], depth: int, extension: Extension | None) -> None:
    extended = extension(value) if extension else None
    if extended is None:
        kind = standard_values.of(type(value))
        if kind is None:
            raise UnsupportedValue(type(value).__name__, value)
        write = _write_changeable if kind.is_changeable else _write_kind
        write(kind, value, out, depth, extension)
    elif isinstance(extended, As):
        if extended.header is not None:
            out.append(b"y" + U32.pack(len(extended.header)) + extended.header)
        _write(extended.value, out, depth + (extended.header is not None), extension)
    else:
        out.append(b"x" + U32.pack(len(extended)) + extended)


def _write_kind(
    kind: standard_values.Kind,
    value: Any,
    out: list[bytes],
    depth: int,
    extension: Extension | None,
) -> None:
    try:
        parts = kind.split(value)
    except Exception:  # a subclass, or a changed object, in the place of Python's own
        raise UnsupportedValue(type(value).__name__, value) from None
    out.append(b"w")
    _write_str(kind.name, out, depth, extension)
    _write(parts, out, depth + 1, extension)


def _write_changeable(
    kind: standard_values.Kind,
    value: Any,
    out: list[bytes],
    depth: int,
    extension: Extension | None,
) -> None:
    _mutable(lambda *rest: _write_kind(kind, *rest))(value, out, depth, extension)


def _write_int(value: int, out: list[bytes], _depth: int, _extension: Any) -> None:
    size = value.bit_length() // 8 + 1
    out.append(b"i" + U32.pack(size) + value.to_bytes(size, "little", signed=True))


def _write_str(value: str, out: list[bytes], _depth: int, _extension: Any) -> None:
    data = value.encode("utf-8", "surrogatepass")
    out.append(b"s" + U32.pack(len(data)) + data)


def _mutable(writer: Callable[..., None]) -> Callable[..., None]:
    """Return the writer of a container that two messages, or two parts of one, may share."""

    def write(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
        number = extension.number(value) if type(extension) is Outgoing else None
        if number is None:
            writer(value, out, depth, extension)
        else:
            out.append(b"R" + U32.pack(number))

    return write


def _sequence(tag: bytes) -> Callable[..., None]:
    def write(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
        out.append(tag + U32.pack(len(value)))
        for item in value:
            _write(item, out, depth, extension)

    return write


def _unordered(tag: bytes) -> Callable[..., None]:
    def write(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
        items = []
        before = len(extension.new) if type(extension) is Outgoing else 0
        for item in value:
            part: list[bytes] = []
            _write(item, part, depth, extension)
            items.append(b"".join(part))
        out.append(tag + U32.pack(len(items)))
        is_numbered = type(extension) is Outgoing and len(extension.new) > before
        out.extend(items if is_numbered else sorted(items))

    return write


def _mapping(tag: bytes) -> Callable[..., None]:
    def write(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
        out.append(tag + U32.pack(len(value)))
        for key, item in dict.items(value):
            _write(key, out, depth, extension)
            _write(item, out, depth, extension)

    return write


def _write_defaultdict(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
    factory = value.default_factory
    name = "" if factory is None else getattr(factory, "__name__", "?")
    is_known = factory is None or (type(name) is str and FACTORIES.get(name) is factory)
    if not is_known and extension is plain:
        _mapping(b"d")(value, out, depth, extension)  # equality ignores the factory
        return
    out.append(b"D" + U32.pack(len(value)))
    if is_known:
        _write_str(name, out, depth, extension)
    elif extension is None:
        raise UnsupportedValue("defaultdict with its own factory", factory)
    else:
        _write_object(factory, out, depth, extension)
    for key, item in dict.items(value):
        _write(key, out, depth, extension)
        _write(item, out, depth, extension)


def _write_ordered_dict(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
    _mapping(b"O")(dict(value.items()), out, depth, extension)


def _parts(tag: bytes, split: Callable[[Any], Any]) -> Callable[..., None]:
    """Return the writer of a type that crosses as the value that ``split`` returns for it."""

    def write(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
        out.append(tag)
        _write(split(value), out, depth, extension)

    return write


def _decimal_text(value: decimal.Decimal) -> str:
    text = str(value)
    if len(text) > LONGEST_TEXT:
        raise UnsupportedValue(f"Decimal of more than {LONGEST_TEXT} characters")
    return text


def _time_parts(value: Any) -> tuple[str, int, Any]:
    """Return text, fold and zone: CPython cannot read back every zone that it writes as text."""
    return value.replace(tzinfo=None).isoformat(), value.fold, _zone(value)


def _zone(value: Any) -> Any:
    """Return the offset of a zone; for a named zone its name too, which readers may not know."""
    zone = value.tzinfo
    if zone is None:
        return None
    if type(zone) is datetime.timezone:
        return zone.utcoffset(None)
    named = standard_values.of(type(zone))
    if named is None or named.name != "ZoneInfo" or zone.key is None:
        raise UnsupportedValue(f"{type(value).__name__} with a time zone of its own", value)
    return zone.key, value.utcoffset()


def _is_numpy(value: object) -> bool:
    numpy = sys.modules.get("numpy")
    kind = type(value)
    return numpy is not None and (
        kind is numpy.ndarray or (kind.__module__ == "numpy" and isinstance(value, numpy.generic))
    )


def _write_numpy(value: Any, out: list[bytes], depth: int, extension: Extension | None) -> None:
    dtype = value.dtype.str
    array = type(value).__name__ == "ndarray"
    if dtype == "|O" and array:
        _write_kind(standard_values.OBJECTS, value, out, depth, extension)
        return
    if not DTYPE.fullmatch(dtype):
        raise UnsupportedValue(f"numpy array of {dtype}", value)
    data = value.tobytes()
    if not array:
        data = data[: value.dtype.itemsize]  # an empty text says it has one character
    out.append(b"A" if array else b"n")
    _write_str(dtype, out, 0, None)
    _write(tuple(value.shape), out, 0, None)
    out.append(U32.pack(len(data)) + data)


_WRITE_ARRAY = _mutable(_write_numpy)


def _simple(data: bytes) -> Callable[..., None]:
    return lambda _value, out, _depth, _extension: out.append(data)


def _write_bool(value: bool, out: list[bytes], _depth: int, _extension: Any) -> None:
    out.append(b"T" if value else b"F")


def _write_float(value: float, out: list[bytes], _depth: int, _extension: Any) -> None:
    out.append(b"f" + F64.pack(value))


def _write_complex(value: complex, out: list[bytes], _depth: int, _extension: Any) -> None:
    out.append(b"c" + C128.pack(value.real, value.imag))


def _write_bytes(value: bytes, out: list[bytes], _depth: int, _extension: Any) -> None:
    out.append(b"b" + U32.pack(len(value)) + value)


_WRITERS: dict[type, Callable[..., None]] = {
    type(None): _simple(b"N"),
    bool: _write_bool,
    int: _write_int,
    float: _write_float,
    complex: _write_complex,
    str: _write_str,
    bytes: _write_bytes,
    list: _mutable(_sequence(b"l")),
    tuple: _sequence(b"t"),
    set: _mutable(_unordered(b"S")),
    frozenset: _unordered(b"Z"),
    dict: _mutable(_mapping(b"d")),
    collections.Counter: _mutable(_mapping(b"C")),
    collections.OrderedDict: _mutable(_write_ordered_dict),
    collections.defaultdict: _mutable(_write_defaultdict),
    collections.deque: _mutable(_parts(b"q", lambda value: (value.maxlen, list(value)))),
    range: _parts(b"r", lambda value: (value.start, value.stop, value.step)),
    decimal.Decimal: _parts(b"m", _decimal_text),
    fractions.Fraction: _parts(b"a", lambda value: (value.numerator, value.denominator)),
    datetime.date: _parts(b"1", datetime.date.isoformat),
    datetime.time: _parts(b"2", _time_parts),
    datetime.datetime: _parts(b"3", _time_parts),
    datetime.timedelta: _parts(b"4", lambda value: (value.days, value.seconds, value.microseconds)),
}
