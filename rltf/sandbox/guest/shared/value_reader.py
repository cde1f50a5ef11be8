"""Decoding values from bytes that anybody may have written (values.py describes the format).

Nothing is ever executed to read them: no pickle, no eval, no marshal. A reader checks every length
against the bytes that are there, and the depth against ``MAX_DEPTH``.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import re
import struct

from . import standard_values
from .tracking import Incoming

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX_DEPTH = 200
LONGEST_TEXT = 10_000
"""Characters of a Decimal or a date."""
_MOST_EMPTY = 1000
"""Empty texts along an axis of a numpy array."""
_LONGEST_DIVIDED = 1 << 16
"""Largest number of bits of a number that is divided where nothing limits the time."""
U32 = struct.Struct("<I")
_u32_from = U32.unpack_from
_int_from = int.from_bytes
F64 = struct.Struct("<d")
C128 = struct.Struct("<dd")
FACTORIES: dict[str, Any] = {
    kind.__name__: kind for kind in (int, float, str, list, dict, set, tuple, bool)
}
DTYPE = re.compile(r"[<>|=]?[biufcSUMm]\d{0,8}(\[[0-9a-zA-Z]{1,8}\])?")


class BadValue(Exception):
    """The bytes are not a value."""


class Reader:
    """Reads values from bytes that anybody may have written.

    Args:
        data: the bytes.
        extension: makes the object that an extension describes.
        likeness: makes an object that is data as well, from its header and its data.
        rich: also build values that need a module, or more time than their length suggests. Only
            for a child, whose limits bound both. Elsewhere these are refused.
        incoming: the containers that the message refers to by number.
    """

    def __init__(
        self,
        data: bytes,
        extension: Callable[[bytes], Any] | None = None,
        likeness: Callable[[bytes, Any], Any] | None = None,
        rich: bool = False,
        incoming: Incoming | None = None,
    ) -> None:
        self.data = data
        self.at = 0
        self.rich = rich
        self._extension = extension
        self._likeness = likeness
        self._containers = incoming.containers if incoming else []
        self._incoming = incoming

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes."""
        end = self.at + size
        if end > len(self.data):
            raise BadValue("it ends too early")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def count(self) -> int:
        """Return a u32 that counts bytes or items, each of which takes at least one byte."""
        start = self.at + 4
        left = len(self.data) - start
        if left < 0:
            raise BadValue("it ends too early")
        count: int = _u32_from(self.data, self.at)[0]
        if count > left:
            raise BadValue("a count is too large")
        self.at = start
        return count

    def value(self, depth: int = 0) -> Any:
        """Return the next value."""
        if depth > MAX_DEPTH:
            raise BadValue("too deeply nested")
        tag = self.data[self.at : self.at + 1]
        reader = _READERS.get(tag)
        if reader is None:
            raise BadValue("an unknown tag" if tag else "it ends too early")
        self.at += 1
        try:
            return reader(self, depth + 1)
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise BadValue(f"{type(error).__name__} in a value of tag {tag!r}") from None

    def bytes(self) -> bytes:
        """Read a count and return as many bytes."""
        end = self.count() + self.at
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def new(self, container: Any) -> Any:
        """Number a container that is about to be filled."""
        self._containers.append(container)
        return container

    def numbered(self, read: Callable[[Reader, int], Any], depth: int) -> Any:
        """Read a container that is built when all of it has been read."""
        at = len(self._containers)
        self._containers.append(None)
        made = self._containers[at] = read(self, depth)
        return made

    def reference(self) -> Any:
        if self._incoming is None:
            raise BadValue("not data")
        return self._incoming.of(U32.unpack(self.take(4))[0])

    def items(self, depth: int, items: list[Any]) -> list[Any]:
        value, append = self.value, items.append
        for _ in range(self.count()):  # a comprehension would take one more frame for each level
            append(value(depth))
        return items

    def pairs(self, depth: int, pairs: Any) -> Any:
        for _ in range(self.count()):
            key = self.value(depth)
            pairs[key] = self.value(depth)
        return pairs

    def extension(self) -> Any:
        if self._extension is None:
            raise BadValue("not data")
        return self._extension(self.bytes())

    def likeness(self, depth: int) -> Any:
        if self._likeness is None:
            raise BadValue("not data")
        header = self.bytes()
        return self._likeness(header, self.value(depth))

    def kind(self, depth: int) -> Any:
        kind = standard_values.named(self.value(depth))
        if kind is None or not self.rich:
            raise BadValue("not data here")
        if kind.is_changeable:
            return self.numbered(lambda reader, depth: reader.built(kind, depth), depth)
        return self.built(kind, depth)

    def built(self, kind: standard_values.Kind, depth: int) -> Any:
        value = self.value(depth)
        try:
            return kind.build(value)
        except Exception as error:
            raise BadValue(f"{type(error).__name__} in a {kind.name}") from None


def decode(
    data: bytes,
    extension: Callable[[bytes], Any] | None = None,
    likeness: Callable[[bytes, Any], Any] | None = None,
    *,
    rich: bool = False,
) -> Any:
    """Decode the one value in ``data``, or raise ``BadValue``. See ``Reader`` for the arguments."""
    reader = Reader(data, extension, likeness, rich)
    value = reader.value()
    if reader.at != len(data):
        raise BadValue("bytes are left over")
    return value


def _read_set(reader: Reader, depth: int) -> Any:
    made = reader.new(set())
    made.update(reader.items(depth, []))
    return made


def _read_defaultdict(reader: Reader, depth: int) -> Any:
    count = reader.count()
    pairs: Any = reader.new(collections.defaultdict())
    factory = reader.value(depth)
    pairs.default_factory = factory if callable(factory) else FACTORIES.get(factory)
    for _ in range(count):
        key = reader.value(depth)
        pairs[key] = reader.value(depth)
    return pairs


def _parts_of(reader: Reader, depth: int, *kinds: type) -> Any:
    """Check that a tuple has items of exactly these types: others may make building slow."""
    parts = reader.value(depth)
    if type(parts) is not tuple or tuple(map(type, parts)) != kinds:
        raise BadValue("parts of a wrong type")
    return parts


def _integers(reader: Reader, depth: int, count: int) -> Any:
    """Read the parts of a range or a fraction. Both divide them, which takes quadratic time."""
    parts = _parts_of(reader, depth, *(int,) * count)
    if not reader.rich and any(part.bit_length() > _LONGEST_DIVIDED for part in parts):
        raise BadValue("a part of too many digits")
    return parts


def _text(reader: Reader, depth: int) -> str:
    text = reader.value(depth)
    if type(text) is not str or len(text) > LONGEST_TEXT:
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
            case (str(text), int(fold), zone) if type(parts) is tuple and len(text) <= LONGEST_TEXT:
                tzinfo = _zone(zone, reader.rich)
                return kind.fromisoformat(text).replace(fold=fold, tzinfo=tzinfo)
        raise BadValue("no time")

    return read


def _zone(fields: Any, rich: bool) -> datetime.tzinfo | None:
    match fields:
        case None:
            return None
        case (str(key), offset):
            return standard_values.zone_of(key) if rich else _zone(offset, False)
        case datetime.timedelta():
            return datetime.timezone(fields)
    raise BadValue("no time zone")


def _numpy_parts(reader: Reader) -> tuple[Any, tuple[int, ...], bytes]:
    """Read type, shape and bytes of an array or a scalar."""
    import numpy

    dtype, shape = reader.value(0), reader.value(0)
    if type(dtype) is not str or not DTYPE.fullmatch(dtype) or type(shape) is not tuple:
        raise BadValue("no numpy type")
    return numpy.dtype(dtype), shape, reader.bytes()


def _read_array(reader: Reader, _depth: int) -> Any:
    import numpy

    dtype, shape, data = _numpy_parts(reader)
    if dtype.itemsize == 0 and not data:  # empty texts, which frombuffer refuses
        # numpy gives each a byte, and only the shape says how many there are
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
    b"i": lambda reader, depth: _int_from(reader.bytes(), "little", signed=True),
    b"f": lambda reader, depth: F64.unpack(reader.take(8))[0],
    b"c": lambda reader, depth: complex(*C128.unpack(reader.take(16))),
    b"s": lambda reader, depth: reader.bytes().decode("utf-8", "surrogatepass"),
    b"b": lambda reader, depth: reader.bytes(),
    b"l": lambda reader, depth: reader.items(depth, reader.new([])),
    b"t": lambda reader, depth: tuple(reader.items(depth, [])),
    b"S": _read_set,
    b"Z": lambda reader, depth: frozenset(reader.items(depth, [])),
    b"d": lambda reader, depth: reader.pairs(depth, reader.new({})),
    b"C": lambda reader, depth: reader.pairs(depth, reader.new(collections.Counter())),
    b"O": lambda reader, depth: reader.pairs(depth, reader.new(collections.OrderedDict())),
    b"D": _read_defaultdict,
    b"q": lambda reader, depth: reader.numbered(_read_deque, depth),
    b"r": lambda reader, depth: range(*_integers(reader, depth, 3)),
    b"m": lambda reader, depth: decimal.Decimal(_text(reader, depth)),
    b"a": lambda reader, depth: fractions.Fraction(*_integers(reader, depth, 2)),
    b"1": lambda reader, depth: datetime.date.fromisoformat(_text(reader, depth)),
    b"2": _read_time(datetime.time),
    b"3": _read_time(datetime.datetime),
    b"4": lambda reader, depth: datetime.timedelta(*_parts_of(reader, depth, int, int, int)),
    b"n": _read_scalar,
    b"A": lambda reader, depth: reader.numbered(_read_array, depth),
    b"x": lambda reader, depth: reader.extension(),
    b"y": Reader.likeness,
    b"w": Reader.kind,
    b"R": lambda reader, depth: reader.reference(),
}
