"""Data as bytes: how values cross between a program and those who judge it.

A value crosses by its exact type; an instance of a subclass is not its base. The bytes are canonical:
equal sets give equal bytes whatever order they were built in, so equal bytes mean equal values.
Nothing is ever executed to read them: no pickle, no eval, no marshal. A reader checks every length
against what is there, and the depth against ``MAX_DEPTH``.

Format: a tag byte, then by tag
    N T F                  None, True, False
    i                      u32 length, two's complement, little endian
    f c                    8 or 16 bytes
    s b                    u32 length, bytes (str: UTF-8 with surrogates)
    l t S Z r q            u32 count, items (list, tuple, set, frozenset; range and deque: their parts)
    d C O D                u32 count, keys and values in turn (D: its default factory first)
    m a 1 2 3 4            the value it is made of: text (Decimal, date), or parts as a tuple
    n A                    numpy scalar, array: dtype text, shape tuple, bytes
    x                      an extension of the channel between judge and candidate: u32 length, bytes
"""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import re
import struct
import sys
from collections.abc import Callable

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

    Extension = Callable[[Any], bytes | None]

MAX_DEPTH = 200
_LONGEST_TEXT = 10_000
"""Characters of a Decimal or a date."""
_MOST_EMPTY = 1000
"""Empty texts along an axis of a numpy array."""
_u32 = struct.Struct("<I")
_f64 = struct.Struct("<d")
_c128 = struct.Struct("<dd")
_FACTORIES: dict[str, Any] = {
    kind.__name__: kind for kind in (int, float, str, list, dict, set, tuple, bool)
}
_DTYPE = re.compile(r"[<>|=]?[biufcSUMm]\d{0,4}(\[[0-9a-zA-Z]{1,8}\])?")


class UnsupportedValue(Exception):
    """A value of a type that does not cross. The message is the type's name."""

    def __init__(self, message: str, value: object = None) -> None:
        super().__init__(message)
        self.value = value


class BadValue(Exception):
    """Bytes that are no value."""


# ---------------------------------------------------------------------------------------- writing


def encode(value: object, extension: Extension | None = None) -> bytes:
    """The bytes of ``value``. ``extension`` may give bytes to objects that are not data."""
    out: list[bytes] = []
    _write(value, out, 0, extension)
    return b"".join(out)


def _write(value: Any, out: list[bytes], depth: int, extension: Extension | None) -> None:
    if depth > MAX_DEPTH:
        raise UnsupportedValue("too deeply nested")
    writer = _WRITERS.get(type(value))
    if writer is not None:
        writer(value, out, depth + 1, extension)
    elif _is_numpy(value):
        _write_numpy(value, out)
    else:
        extra = extension(value) if extension else None
        if extra is None:
            raise UnsupportedValue(type(value).__name__, value)
        out.append(b"x" + _u32.pack(len(extra)) + extra)


def _write_int(value: int, out: list[bytes], _depth: int, _extension: Any) -> None:
    size = value.bit_length() // 8 + 1
    out.append(b"i" + _u32.pack(size) + value.to_bytes(size, "little", signed=True))


def _write_str(value: str, out: list[bytes], _depth: int, _extension: Any) -> None:
    data = value.encode("utf-8", "surrogatepass")
    out.append(b"s" + _u32.pack(len(data)) + data)


def _sequence(tag: bytes) -> Callable[..., None]:
    def write(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
        out.append(tag + _u32.pack(len(value)))
        for item in value:
            _write(item, out, depth, extension)

    return write


def _unordered(tag: bytes) -> Callable[..., None]:
    def write(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
        items = []
        for item in value:
            part: list[bytes] = []
            _write(item, part, depth, extension)
            items.append(b"".join(part))
        out.append(tag + _u32.pack(len(items)))
        out.extend(sorted(items))

    return write


def _mapping(tag: bytes) -> Callable[..., None]:
    def write(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
        out.append(tag + _u32.pack(len(value)))
        for key, item in dict.items(value):
            _write(key, out, depth, extension)
            _write(item, out, depth, extension)

    return write


def _write_defaultdict(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
    factory = value.default_factory
    name = "" if factory is None else getattr(factory, "__name__", "?")
    if factory is not None and _FACTORIES.get(name) is not factory:
        raise UnsupportedValue("defaultdict with its own factory")
    out.append(b"D" + _u32.pack(len(value)))
    _write_str(name, out, depth, extension)
    for key, item in value.items():
        _write(key, out, depth, extension)
        _write(item, out, depth, extension)


def _parts(tag: bytes, split: Callable[[Any], Any]) -> Callable[..., None]:
    """A type that crosses as the value that ``split`` makes of it."""

    def write(value: Any, out: list[bytes], depth: int, extension: Any) -> None:
        out.append(tag)
        _write(split(value), out, depth, extension)

    return write


def _decimal_text(value: decimal.Decimal) -> str:
    text = str(value)
    if len(text) > _LONGEST_TEXT:
        raise UnsupportedValue("a Decimal of so many digits")
    return text


def _time_parts(value: Any) -> tuple[str, int, datetime.timedelta | None]:
    """Text, fold and zone: CPython does not read back every zone that it writes into the text."""
    if value.tzinfo is not None and type(value.tzinfo) is not datetime.timezone:
        raise UnsupportedValue("a time with a zone of its own")
    zone = value.tzinfo and value.tzinfo.utcoffset(None)
    return value.replace(tzinfo=None).isoformat(), value.fold, zone


def _is_numpy(value: object) -> bool:
    numpy = sys.modules.get("numpy")
    kind = type(value)
    return numpy is not None and (
        kind is numpy.ndarray or (kind.__module__ == "numpy" and isinstance(value, numpy.generic))
    )


def _write_numpy(value: Any, out: list[bytes]) -> None:
    dtype = value.dtype.str
    if not _DTYPE.fullmatch(dtype):
        raise UnsupportedValue(f"numpy array of {dtype}")
    array = type(value).__name__ == "ndarray"
    data = value.tobytes()
    if not array:
        data = data[: value.dtype.itemsize]  # an empty text says it has one character
    out.append(b"A" if array else b"n")
    _write_str(dtype, out, 0, None)
    _write(tuple(value.shape), out, 0, None)
    out.append(_u32.pack(len(data)) + data)


def _simple(data: bytes) -> Callable[..., None]:
    return lambda _value, out, _depth, _extension: out.append(data)


def _write_bool(value: bool, out: list[bytes], _depth: int, _extension: Any) -> None:
    out.append(b"T" if value else b"F")


def _write_float(value: float, out: list[bytes], _depth: int, _extension: Any) -> None:
    out.append(b"f" + _f64.pack(value))


def _write_complex(value: complex, out: list[bytes], _depth: int, _extension: Any) -> None:
    out.append(b"c" + _c128.pack(value.real, value.imag))


def _write_bytes(value: bytes, out: list[bytes], _depth: int, _extension: Any) -> None:
    out.append(b"b" + _u32.pack(len(value)) + value)


_WRITERS: dict[type, Callable[..., None]] = {
    type(None): _simple(b"N"),
    bool: _write_bool,
    int: _write_int,
    float: _write_float,
    complex: _write_complex,
    str: _write_str,
    bytes: _write_bytes,
    list: _sequence(b"l"),
    tuple: _sequence(b"t"),
    set: _unordered(b"S"),
    frozenset: _unordered(b"Z"),
    dict: _mapping(b"d"),
    collections.Counter: _mapping(b"C"),
    collections.OrderedDict: lambda value, out, depth, extension: _mapping(b"O")(
        dict(value.items()), out, depth, extension
    ),
    collections.defaultdict: _write_defaultdict,
    collections.deque: _parts(b"q", lambda value: (value.maxlen, list(value))),
    range: _parts(b"r", lambda value: (value.start, value.stop, value.step)),
    decimal.Decimal: _parts(b"m", _decimal_text),
    fractions.Fraction: _parts(b"a", lambda value: (value.numerator, value.denominator)),
    datetime.date: _parts(b"1", datetime.date.isoformat),
    datetime.time: _parts(b"2", _time_parts),
    datetime.datetime: _parts(b"3", _time_parts),
    datetime.timedelta: _parts(b"4", lambda value: (value.days, value.seconds, value.microseconds)),
}

# ---------------------------------------------------------------------------------------- reading


class Reader:
    """Reads values from bytes that anybody may have written."""

    def __init__(self, data: bytes, extension: Callable[[bytes], Any] | None = None) -> None:
        self.data = data
        self.at = 0
        self._extension = extension

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        end = self.at + size
        if end > len(self.data):
            raise BadValue("it ends too early")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def count(self) -> int:
        """A u32 that counts bytes or items; every one of them takes a byte at least."""
        count: int = _u32.unpack(self.take(4))[0]
        if count > len(self.data) - self.at:
            raise BadValue("a count is too large")
        return count

    def value(self, depth: int = 0) -> Any:
        """The next value."""
        if depth > MAX_DEPTH:
            raise BadValue("too deeply nested")
        tag = self.take(1)
        reader = _READERS.get(tag)
        if reader is None:
            raise BadValue("an unknown tag")
        try:
            return reader(self, depth + 1)
        except (TypeError, ValueError, ArithmeticError, OverflowError) as error:
            raise BadValue(f"{type(error).__name__} in a value of tag {tag!r}") from None

    def bytes(self) -> bytes:
        """A count and as many bytes."""
        return self.take(self.count())

    def items(self, depth: int) -> list[Any]:
        return [self.value(depth) for _ in range(self.count())]

    def pairs(self, depth: int) -> dict[Any, Any]:
        found = {}
        for _ in range(self.count()):
            key = self.value(depth)
            found[key] = self.value(depth)
        return found

    def extension(self) -> Any:
        if self._extension is None:
            raise BadValue("not data")
        return self._extension(self.bytes())


def decode(data: bytes, extension: Callable[[bytes], Any] | None = None) -> Any:
    """The value that ``data`` holds; ``BadValue`` when it holds none, or more than one."""
    reader = Reader(data, extension)
    value = reader.value()
    if reader.at != len(data):
        raise BadValue("bytes are left over")
    return value


def _read_defaultdict(reader: Reader, depth: int) -> Any:
    count = reader.count()
    name = reader.value(depth)
    found: Any = collections.defaultdict(_FACTORIES.get(name))
    for _ in range(count):
        key = reader.value(depth)
        found[key] = reader.value(depth)
    return found


def _parts_of(reader: Reader, depth: int, *kinds: type) -> Any:
    """A tuple whose items have exactly these types: what is made of others may cost anything."""
    parts = reader.value(depth)
    if type(parts) is not tuple or tuple(map(type, parts)) != kinds:
        raise BadValue("parts of a wrong type")
    return parts


def _text(reader: Reader, depth: int) -> str:
    text = reader.value(depth)
    if type(text) is not str or len(text) > _LONGEST_TEXT:
        raise BadValue("no text, or too long a one")
    return text


def _read_deque(reader: Reader, depth: int) -> Any:
    parts = reader.value(depth)
    match parts:
        case (None | int() as maxlen, list() as items) if type(parts) is tuple:
            return collections.deque(items, maxlen)
    raise BadValue("no deque")


def _read_time(kind: Any) -> Callable[[Reader, int], Any]:
    def read(reader: Reader, depth: int) -> Any:
        parts = reader.value(depth)
        match parts:
            case (str(text), int(fold), None | datetime.timedelta() as zone) if (
                type(parts) is tuple and len(text) <= _LONGEST_TEXT
            ):
                tzinfo = None if zone is None else datetime.timezone(zone)
                return kind.fromisoformat(text).replace(fold=fold, tzinfo=tzinfo)
        raise BadValue("no time")

    return read


def _numpy_parts(reader: Reader) -> tuple[Any, tuple[int, ...], bytes]:
    """Type, shape and bytes of an array or a scalar."""
    import numpy

    dtype, shape = reader.value(0), reader.value(0)
    if type(dtype) is not str or not _DTYPE.fullmatch(dtype) or type(shape) is not tuple:
        raise BadValue("no numpy type")
    return numpy.dtype(dtype), shape, reader.bytes()


def _read_array(reader: Reader, _depth: int) -> Any:
    import numpy

    dtype, shape, data = _numpy_parts(reader)
    if dtype.itemsize == 0 and not data:  # of empty texts, which frombuffer refuses
        # numpy gives each a byte, and the shape is all that says how many there are
        if any(type(size) is not int or size > _MOST_EMPTY for size in shape) or len(shape) > 2:
            raise BadValue("an array of too many empty texts")
        return numpy.zeros(shape, dtype)
    return numpy.frombuffer(data, dtype=dtype).reshape(shape).copy()


def _read_scalar(reader: Reader, _depth: int) -> Any:
    import numpy

    dtype, shape, data = _numpy_parts(reader)
    if shape or len(data) != dtype.itemsize:
        raise BadValue("no numpy scalar")
    # an array would drop the NULs at the end of a text
    if dtype.kind == "S":
        return numpy.bytes_(data)
    if dtype.kind == "U":
        order = "be" if dtype.byteorder == ">" else "le"
        return numpy.str_(data.decode(f"utf-32-{order}", "surrogatepass"))
    return numpy.frombuffer(data, dtype=dtype)[0]


_READERS: dict[bytes, Callable[[Reader, int], Any]] = {
    b"N": lambda reader, depth: None,
    b"T": lambda reader, depth: True,
    b"F": lambda reader, depth: False,
    b"i": lambda reader, depth: int.from_bytes(reader.bytes(), "little", signed=True),
    b"f": lambda reader, depth: _f64.unpack(reader.take(8))[0],
    b"c": lambda reader, depth: complex(*_c128.unpack(reader.take(16))),
    b"s": lambda reader, depth: reader.bytes().decode("utf-8", "surrogatepass"),
    b"b": lambda reader, depth: reader.bytes(),
    b"l": lambda reader, depth: reader.items(depth),
    b"t": lambda reader, depth: tuple(reader.items(depth)),
    b"S": lambda reader, depth: set(reader.items(depth)),
    b"Z": lambda reader, depth: frozenset(reader.items(depth)),
    b"d": lambda reader, depth: reader.pairs(depth),
    b"C": lambda reader, depth: collections.Counter(reader.pairs(depth)),
    b"O": lambda reader, depth: collections.OrderedDict(reader.pairs(depth)),
    b"D": _read_defaultdict,
    b"q": _read_deque,
    b"r": lambda reader, depth: range(*_parts_of(reader, depth, int, int, int)),
    b"m": lambda reader, depth: decimal.Decimal(_text(reader, depth)),
    b"a": lambda reader, depth: fractions.Fraction(*_parts_of(reader, depth, int, int)),
    b"1": lambda reader, depth: datetime.date.fromisoformat(_text(reader, depth)),
    b"2": _read_time(datetime.time),
    b"3": _read_time(datetime.datetime),
    b"4": lambda reader, depth: datetime.timedelta(*_parts_of(reader, depth, int, int, int)),
    b"n": _read_scalar,
    b"A": _read_array,
    b"x": lambda reader, depth: reader.extension(),
}
