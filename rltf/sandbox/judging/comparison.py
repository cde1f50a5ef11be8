"""Comparing two encoded values.

The value that a program returned is not built here. Its bytes are read side by side with those of
the expected value, so that a program cannot make the judging process slow, large, or fill its hash
tables with collisions. (literal_asserts.py does build it, but only if ``size`` says that it is no
larger than the expected value.)
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping

from rltf.sandbox.guest.shared.values import MAX_DEPTH, BadValue, Reader, decode

_ITEMS = (b"l", b"t", b"S", b"Z")
_PAIRS = (b"d", b"C", b"O", b"D")
_PARTS = (b"a", b"4")
_SIZED = (b"i", b"s", b"b", b"x")
_TEXTS = (b"m", b"1", b"2", b"3")
_FIXED = {b"N": 0, b"T": 0, b"F": 0, b"f": 8, b"c": 16}
_NUMPY = (b"n", b"A")
_LONGER_RANGE = 64
"""Bytes."""

_Alike = Mapping[bytes, bytes]
_EXACT: _Alike = {}
_LISTS: _Alike = {b"t": b"l"}
_DICTS_AND_SETS: _Alike = {b"D": b"d", b"C": b"d", b"O": b"d", b"Z": b"S"}
_ALL: _Alike = {**_LISTS, **_DICTS_AND_SETS}


def equal(
    expected: bytes, got: bytes, *, tuple_is_list: bool = False, any_kind: bool = False
) -> bool:
    """Return whether two values are equal in type and value.

    NaN equals NaN, 0.0 equals -0.0, and dicts are compared without order.

    Args:
        expected: Bytes that we encoded.
        got: Bytes that anybody may have written; malformed ones are equal to nothing.
        tuple_is_list: A tuple equals a list of the same items (JSON has no tuples).
        any_kind: As in Python, every kind of dict equals a dict with the same items, and a
            frozenset equals a set.
    """
    if expected == got:
        return True
    left, right = Reader(expected), Reader(got)
    if any_kind:
        alike = _ALL if tuple_is_list else _DICTS_AND_SETS
    else:
        alike = _LISTS if tuple_is_list else _EXACT
    try:
        return _equal(left, right, alike, 0) and right.at == len(got)
    except (BadValue, struct.error, ArithmeticError):
        return False  # not a value, or one that equals nothing (a signaling NaN)


def _equal(left: Reader, right: Reader, alike: _Alike, depth: int) -> bool:
    if depth > MAX_DEPTH:
        return False
    tag, other = left.take(1), right.take(1)
    if tag != other and alike.get(tag, tag) != alike.get(other, other):
        return False
    if tag in _PAIRS:
        return _equal_pairs(tag, other, left, right, alike, depth)
    if tag in _ITEMS:
        count = left.count()
        return count == right.count() and all(
            _equal(left, right, alike, depth + 1) for _ in range(count)
        )
    if tag in _PARTS:
        return _equal(left, right, _EXACT, depth + 1)
    if tag == b"w":
        return _equal(left, right, _EXACT, depth + 1) and _equal(left, right, _EXACT, depth + 1)
    if tag == b"q":
        return _equal_deques(left, right, depth)
    if tag == b"r":
        return _equal_ranges(span(left, depth), span(right, depth))
    if tag in _FIXED:
        return _equal_fixed(tag, left, right)
    if tag in _SIZED:
        return left.bytes() == right.bytes()
    if tag in _TEXTS:
        return _equal_texts(tag, span(left, depth), span(right, depth))
    return _equal_numpy(left, right)


def _equal_pairs(
    tag: bytes, other: bytes, left: Reader, right: Reader, alike: _Alike, depth: int
) -> bool:
    """Compare two dicts. Keys are looked up by their bytes, among the expected keys."""
    count = left.count()
    if count != right.count():
        return False
    for each, reader in ((tag, left), (other, right)):
        if each == b"D":  # a default is not part of the value
            _skip(reader, depth + 1)
    if tag == other == b"O":
        return all(_equal(left, right, alike, depth + 1) for _ in range(2 * count))
    offsets = {}
    for _ in range(count):
        key = span(left, depth)
        offsets[key] = left.at
        _skip(left, depth + 1)
    end = left.at
    for _ in range(count):
        offset = offsets.pop(span(right, depth), None)
        if offset is None:
            return False
        left.at = offset
        if not _equal(left, right, alike, depth + 1):
            return False
    left.at = end
    return True


def _equal_fixed(tag: bytes, left: Reader, right: Reader) -> bool:
    size = _FIXED[tag]
    a, b = left.take(size), right.take(size)
    if a == b:
        return True
    numbers = f"<{size // 8}d"
    return all(
        x == y or (math.isnan(x) and math.isnan(y))
        for x, y in zip(struct.unpack(numbers, a), struct.unpack(numbers, b), strict=True)
    )


def _equal_texts(tag: bytes, a: bytes, b: bytes) -> bool:
    """Return whether two Decimals or dates are equal: two texts may mean the same value."""
    return a == b or bool(decode(tag + a) == decode(tag + b))


def _equal_ranges(a: bytes, b: bytes) -> bool:
    """Return whether two ranges have the same numbers. To decode huge ones may take hours."""
    return a == b or (
        len(b) <= len(a) + _LONGER_RANGE and bool(decode(b"r" + a) == decode(b"r" + b))
    )


def _equal_deques(left: Reader, right: Reader, depth: int) -> bool:
    """Compare the items of two deques. Their maximum lengths are not part of the value."""
    for reader in (left, right):
        if reader.take(1) != b"t" or reader.count() != 2:
            return False
        _skip(reader, depth + 1)
    return _equal(left, right, _EXACT, depth + 1)


def _equal_numpy(left: Reader, right: Reader) -> bool:
    dtype, other = span(left, 0), span(right, 0)
    if dtype != other or span(left, 0) != span(right, 0):
        return False
    a, b = left.bytes(), right.bytes()
    return a == b or (len(a) == len(b) and _same_numbers(decode(dtype), a, b))


def _same_numbers(dtype: str, a: bytes, b: bytes) -> bool:
    if dtype.lstrip("<>|=")[0] not in "fc":
        return False
    import numpy

    left, right = numpy.frombuffer(a, dtype), numpy.frombuffer(b, dtype)
    return bool(numpy.array_equal(left, right, equal_nan=True))


def span(reader: Reader, depth: int = 0) -> bytes:
    """Skip the next value and return its bytes."""
    start = reader.at
    _skip(reader, depth + 1)
    return reader.data[start : reader.at]


def size(data: bytes) -> int:
    """Return how many values a value is made of, itself included, or raise ``BadValue``.

    Values that Python's ``==`` calls equal have the same size: every number counts as one, and a
    defaultdict is as large as a dict.
    """
    return _skip(Reader(data), 0)


def _skip(reader: Reader, depth: int) -> int:
    """Skip a value and return its size."""
    if depth > MAX_DEPTH:
        raise BadValue("too deeply nested")
    tag = reader.take(1)
    if tag in _FIXED:
        reader.take(_FIXED[tag])
    elif tag in _SIZED:
        reader.bytes()
    elif tag in _ITEMS or tag in _PAIRS:
        total = 1
        count = reader.count() * (2 if tag in _PAIRS else 1)
        if tag == b"D":
            _skip(reader, depth + 1)
        for _ in range(count):
            total += _skip(reader, depth + 1)
        return total
    elif tag in _PARTS or tag in (b"q", b"r") or tag in _TEXTS:
        _skip(reader, depth + 1)
    elif tag in _NUMPY or tag == b"w":
        _skip(reader, depth + 1)
        _skip(reader, depth + 1)
        if tag != b"w":
            reader.bytes()
    else:
        raise BadValue("an unknown tag")
    return 1
