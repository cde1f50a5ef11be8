"""Python's ``==`` on the bytes of a returned value, as the official harnesses compare.

From a program's data, this module builds only single numbers and keys of bounded size.
"""

from __future__ import annotations

from typing import Any

from rltf.sandbox.guest.shared.values import MAX_DEPTH, BadValue, Reader, decode, encode, plain
from rltf.sandbox.judging import comparison

LONGER = 8
ALWAYS_READ = 1 << 20
"""Bytes. An output longer than this plus ``LONGER`` times the expected text is wrong, unread."""
LONGEST_NUMBER = 4096
"""Maximum size of a number, or of a key without its text, in bytes."""
_NUMBERS = (b"T", b"F", b"i", b"f", b"c", b"m", b"a")
_NUMPY = (b"n", b"A")
_DICTS = (b"d", b"C", b"O", b"D")


def same(expected: Any, value: bytes) -> bool:
    """Compare an expected and a returned value with ``==``, after a returned tuple became a list.

    Raises ``BadValue``, ``ValueError``, ``TypeError`` or ``ArithmeticError`` if the bytes are not a
    value, or one that cannot be compared, such as an array.
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
        number = _whole(reader, start)
        size = expected.bit_length() // 8 if isinstance(expected, int) else 0
        return len(number) <= LONGEST_NUMBER + size and bool(expected == decode(number))
    # a value that JSON cannot write
    return comparison.equal(encode(expected, plain), _whole(reader, start))


def _whole(reader: Reader, start: int) -> bytes:
    """Return the bytes of the value that begins at ``start``, and move the reader behind it."""
    reader.at = start
    return comparison.span(reader)


def _equal_dict(expected: dict[Any, Any], tag: bytes, reader: Reader, depth: int) -> bool:
    count = reader.count()
    if tag == b"D":
        comparison.span(reader)
    missing = dict(expected)
    longest = max((len(key) for key in missing if isinstance(key, str)), default=0)
    for _ in range(count):
        key_bytes = comparison.span(reader)
        if len(key_bytes) > LONGEST_NUMBER + 4 * longest:
            return False
        key = decode(key_bytes)
        if key not in missing or not _equal(missing.pop(key), reader, depth + 1):
            return False
    return not missing


def _equal_numpy(expected: Any, value: bytes) -> bool:
    """Compare a NumPy scalar or an array of one item; other arrays have no truth value."""
    reader = Reader(value[1:])
    comparison.span(reader)
    shape = comparison.span(reader)
    text_size = 4 * len(expected) if isinstance(expected, str) else 0
    if len(value) > LONGEST_NUMBER + text_size:
        raise BadValue("an array of many")
    if any(size != 1 for size in decode(shape)):
        raise BadValue("an array of many, or of none")
    return bool(decode(value) == expected)
