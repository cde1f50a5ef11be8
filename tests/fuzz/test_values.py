"""Values through the encoding: exact both ways, and bytes that anybody wrote harm nobody."""

from __future__ import annotations

import collections
import contextlib
import datetime
import decimal
import fractions
import math
import os
import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from rltf.sandbox.guest.shared.values import BadValue, decode, encode
from rltf.sandbox.judging import comparison

EFFORT = settings.get_profile(os.environ.get("RLTF_FUZZ", "quick"))

BITS = st.integers(0, (1 << 64) - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits)))
FLOATS = st.floats() | st.sampled_from([0.0, -0.0, math.nan, -math.nan]) | BITS.map(lambda b: b[0])
TEXTS = st.text(st.characters(exclude_categories=()), max_size=9)
INTS = st.integers(-9, 9) | st.integers() | st.integers(1, 9).map(lambda n: 1 - (1 << 999 * n))
DAY = datetime.timedelta(hours=23)
ZONES = st.none() | st.timedeltas(-DAY, DAY).map(datetime.timezone)
DTYPES = st.sampled_from(
    ["?", "i1", ">i2", "<u4", "i8", "f2", ">f4", "f8", "c8", "c16", "S3", "<U2", "M8[s]", "m8[ms]"]
)
HASHABLE = st.recursive(
    st.none() | st.booleans() | INTS | TEXTS | st.binary(max_size=9) | st.dates(),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
SCALARS = (
    HASHABLE
    | FLOATS
    | st.builds(complex, FLOATS, FLOATS)
    | st.decimals()
    | st.sampled_from(["sNaN", "-NaN12", "-0", "1E+400", "1.00"]).map(decimal.Decimal)
    | st.fractions()
    | st.times(timezones=ZONES)
    | st.datetimes(timezones=ZONES)
    | st.datetimes().map(lambda moment: moment.replace(fold=1))
    | st.timedeltas()
    | st.builds(range, INTS, INTS, INTS.filter(bool))
    | DTYPES.flatmap(lambda kind: st_numpy.arrays(kind, st_numpy.array_shapes(min_dims=0, min_side=0, max_side=3)))
    | DTYPES.filter(lambda kind: kind not in ("S3", "<U2")).flatmap(lambda kind: st_numpy.from_dtype(np.dtype(kind)))
)  # fmt: skip
FACTORIES = st.sampled_from([None, int, float, str, list, dict, set, tuple, bool])


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    items, pairs = st.lists(inner, max_size=4), st.dictionaries(HASHABLE, inner, max_size=4)
    return (
        items
        | items.map(tuple)
        | pairs
        | pairs.map(collections.OrderedDict)
        | pairs.map(collections.Counter)
        | st.builds(collections.defaultdict, FACTORIES, pairs)
        | st.builds(collections.deque, items, st.none() | st.integers(4, 9))
        | st.sets(HASHABLE, max_size=4)
        | st.frozensets(HASHABLE, max_size=4)
    )


VALUES = st.recursive(SCALARS, _containers, max_leaves=15)
FEW = st.recursive(
    st.sampled_from([None, True, 0, 1, 1.0, -0.0, 0.0, math.nan, "", "a", b"a", 1j])
    | st.sampled_from([decimal.Decimal("1.0"), decimal.Decimal(1), decimal.Decimal("sNaN")])
    | st.sampled_from([fractions.Fraction(1), datetime.date(2000, 1, 1), range(2), np.int8(1)]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.lists(inner, max_size=2).map(tuple)
        | st.dictionaries(st.sampled_from([0, 1, "a"]), inner, max_size=2)
        | st.dictionaries(st.sampled_from([0, 1]), inner).map(collections.OrderedDict)
        | st.sets(st.sampled_from([0, 1, "a"]))
        | st.lists(inner, max_size=2).map(collections.deque)
    ),
    max_leaves=4,
)
"""Few enough that two of them are often equal."""


def exact(value: Any) -> Any:
    """All that a value is, types and bits included, in a form that ``==`` compares exactly."""
    kind = type(value)
    match value:
        case float():
            return kind, struct.pack("<d", value)
        case complex():
            return kind, struct.pack("<dd", value.real, value.imag)
        case decimal.Decimal():
            return kind, value.as_tuple()
        case np.ndarray() | np.generic():
            return kind, value.dtype.str, value.shape, value.tobytes()
        case dict():
            factory = getattr(value, "default_factory", None)
            return kind, factory, [(exact(key), exact(item)) for key, item in value.items()]
        case set() | frozenset():
            return kind, sorted(repr(exact(item)) for item in value)
        case list() | tuple():
            return kind, [exact(item) for item in value]
        case collections.deque():
            return kind, value.maxlen, [exact(item) for item in value]
        case datetime.datetime() | datetime.time():
            return kind, value.isoformat(), value.fold
    return kind, value


def alike(a: Any, b: Any, tuple_is_list: bool) -> bool:
    """What ``compare.equal`` promises, written down slowly."""
    if type(a) is not type(b):
        return tuple_is_list and {type(a), type(b)} == {list, tuple} and _items_alike(a, b, True)
    match a:
        case float():
            return a == b or (math.isnan(a) and math.isnan(b))
        case complex():
            return alike(a.real, b.real, False) and alike(a.imag, b.imag, False)
        case decimal.Decimal():
            return str(a) == str(b) or (not a.is_snan() and not b.is_snan() and a == b)
        case collections.OrderedDict():
            return list(a) == list(b) and _items_alike(a.values(), b.values(), tuple_is_list)
        case dict():
            keys = {repr(key): key for key in b}
            return len(a) == len(b) and all(
                repr(key) in keys and alike(a[key], b[keys[repr(key)]], tuple_is_list) for key in a
            )
        case list() | tuple():
            return _items_alike(a, b, tuple_is_list)
        case collections.deque():
            return a.maxlen == b.maxlen and _items_alike(a, b, False)
    return bool(exact(a) == exact(b))


def _items_alike(a: Any, b: Any, tuple_is_list: bool) -> bool:
    return len(a) == len(b) and all(alike(x, y, tuple_is_list) for x, y in zip(a, b, strict=True))


def count(value: Any) -> int:
    """What ``compare.size`` promises."""
    if isinstance(value, dict):
        return 1 + sum(count(key) + count(item) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return 1 + sum(map(count, value))
    return 1


@settings(EFFORT)
@given(VALUES)
def test_a_value_comes_back_bit_for_bit(value: Any) -> None:
    data = encode(value)
    back = decode(data)
    assert exact(back) == exact(value)
    assert encode(back) == data
    assert comparison.equal(data, data)
    assert comparison.size(data) == count(value)


@settings(EFFORT)
@given(FEW, FEW, st.booleans())
def test_comparing_bytes_is_comparing_values(a: Any, b: Any, tuple_is_list: bool) -> None:
    are_equal = comparison.equal(encode(a), encode(b), tuple_is_list=tuple_is_list)
    assert are_equal == alike(a, b, tuple_is_list)
    assert are_equal == comparison.equal(encode(b), encode(a), tuple_is_list=tuple_is_list)


TAGS = b"NTFifcsbltSZrqdCODma1234nAx"
LENGTHS = st.sampled_from([0, 1, 2, 255, 65536, 0x7FFFFFFF, 0xFFFFFFFF]) | st.integers(0, 99)


@st.composite
def hostile(draw: st.DrawFn) -> bytes:
    """Bytes that nearly are a value, or a bomb."""
    data = bytearray(encode(draw(VALUES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 5)):
            case 0:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=2))
            case 1:
                data[at : at + 1] = bytes([draw(st.sampled_from(TAGS))])
            case 2:
                data[at : at + 4] = struct.pack("<I", draw(LENGTHS))
            case 3:
                del data[at : at + draw(st.integers(1, 9))]
            case 4:
                data[at:at] = encode(draw(SCALARS))
            case 5:
                tag = bytes([draw(st.sampled_from(TAGS))])
                data[at:at] = (tag + b"\1\0\0\0") * draw(st.sampled_from([1, 150, 250, 3000]))
    return bytes(data)


@settings(EFFORT)
@given(hostile() | st.binary(max_size=300), VALUES)
def test_hostile_bytes_are_a_value_or_a_bad_value(data: bytes, expected: Any) -> None:
    assert comparison.equal(encode(expected), data) in (True, False)
    assert comparison.equal(data, encode(expected)) in (True, False)
    with contextlib.suppress(BadValue):
        assert comparison.size(data) >= 1
    tracemalloc.start()
    try:
        decode(data, lambda extension: len(extension))
    except BadValue:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 400 * len(data) + (1 << 19)


@pytest.mark.parametrize("tag", [bytes([tag]) for tag in TAGS])
def test_no_tag_is_a_bomb(tag: bytes) -> None:
    for body in (b"\xff" * 64, b"\xff\xff\xff\x7f", (tag + b"\1\0\0\0") * 100_000, b""):
        with pytest.raises(BadValue):
            decode(tag * 2 + body)
        assert not comparison.equal(encode([[]]), tag + body)
