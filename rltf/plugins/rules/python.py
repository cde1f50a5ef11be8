"""Python's ``==``, on the bytes of what a program returned: the official harnesses compare with it.

Nothing is built of what a program sends but single numbers and keys of bounded size.
"""

from __future__ import annotations

from typing import Any

from rltf.sandbox.guest.shared.values import MAX_DEPTH, BadValue, Reader, decode, encode, plain
from rltf.sandbox.judging import comparison

LONGER = 8
ALWAYS_READ = 1 << 20
"""Bytes. An output longer than this and ``LONGER`` times the expected text is wrong without a look."""
LONGEST_NUMBER = 4096
"""Bytes of a number, or of a key beside its text, that are read."""
_NUMBERS = (b"T", b"F", b"i", b"f", b"c", b"m", b"a")
_NUMPY = (b"n", b"A")
_DICTS = (b"d", b"C", b"O", b"D")


def same(expected: Any, value: bytes) -> bool:
    """Python's ``==`` between an expected value and a returned one, after a returned tuple has become a list.

    ``BadValue``, ``ValueError``, ``TypeError`` or ``ArithmeticError``: it is no value, or one that does not
    compare, such as an array.
    """
    reader = Reader(value[:1].replace(b"t", b"l") + value[1:])
    return _equal(expected, reader, 0) and reader.at == len(value)


def _equal(expected: Any, reader: Reader, depth: int) -> bool:
    if depth > MAX_DEPTH:
        raise BadValue("too deeply nested")
    start = reader.at
    tag = reader.take(1)
    if tag in _NUMPY:
        return _equal_numpy(expected, _whole(reader, start))
    if isinstance(expected, str):
        return tag == b"s" and reader.bytes() == expected.encode("utf-8", "surrogatepass")
    if isinstance(expected, list | tuple):
        return tag == (b"l" if isinstance(expected, list) else b"t") and (
            reader.count() == len(expected)
            and all(_equal(item, reader, depth + 1) for item in expected)
        )
    if isinstance(expected, dict):
        return tag in _DICTS and _equal_dict(expected, tag, reader, depth)
    if expected is None:
        return tag == b"N"
    if isinstance(expected, int | float):
        if tag not in _NUMBERS:
            return False
        piece = _whole(reader, start)
        room = expected.bit_length() // 8 if isinstance(expected, int) else 0
        return len(piece) <= LONGEST_NUMBER + room and bool(expected == decode(piece))
    return comparison.equal(
        encode(expected, plain), _whole(reader, start)
    )  # what JSON cannot write


def _whole(reader: Reader, start: int) -> bytes:
    """The bytes of a value that begins at ``start``, which is read over."""
    reader.at = start
    return comparison.span(reader)


def _equal_dict(expected: dict[Any, Any], tag: bytes, reader: Reader, depth: int) -> bool:
    count = reader.count()
    if tag == b"D":
        comparison.span(reader)
    missing = dict(expected)
    longest = max((len(key) for key in missing if isinstance(key, str)), default=0)
    for _ in range(count):
        piece = comparison.span(reader)
        if len(piece) > LONGEST_NUMBER + 4 * longest:
            return False
        key = decode(piece)
        if key not in missing or not _equal(missing.pop(key), reader, depth + 1):
            return False
    return not missing


def _equal_numpy(expected: Any, piece: bytes) -> bool:
    """A number, or an array of one, as numpy compares it; an array of more has no truth."""
    reader = Reader(piece[1:])
    comparison.span(reader)
    shape = comparison.span(reader)
    room = 4 * len(expected) if isinstance(expected, str) else 0
    if len(piece) > LONGEST_NUMBER + room:
        raise BadValue("an array of many")
    if any(size != 1 for size in decode(shape)):
        raise BadValue("an array of many, or of none")
    return bool(decode(piece) == expected)
