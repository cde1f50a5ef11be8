"""Values cross exactly, and bytes that are no value harm nobody."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rltf.sandbox.guest.shared.values import BadValue, UnsupportedValue, decode, encode
from rltf.sandbox.judging.comparison import equal

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters(exclude_categories=()))
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.timedeltas()
    | st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 9))
)
HASHABLE = st.integers() | st.text() | st.tuples(st.integers(), st.text())
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(HASHABLE, inner)
        | st.dictionaries(HASHABLE, inner).map(collections.OrderedDict)
        | st.dictionaries(HASHABLE, inner).map(lambda d: collections.defaultdict(list, d))
        | st.sets(HASHABLE)
        | st.frozensets(HASHABLE)
        | st.dictionaries(HASHABLE, st.integers()).map(collections.Counter)
        | st.lists(inner).map(lambda items: collections.deque(items, maxlen=99))
    ),
    max_leaves=20,
)


def same(a: Any, b: Any) -> bool:
    """Equality in type and value."""
    return type(a) is type(b) and bool(a == b)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert same(decode(encode(value)), value)
    assert encode(decode(encode(value))) == encode(value)


@given(VALUES, VALUES)
def test_comparing_bytes_is_comparing_values(a: Any, b: Any) -> None:
    assert equal(encode(a), encode(a))
    if equal(encode(a), encode(b)):
        assert same(a, b)


@given(st.binary(max_size=200))
def test_hostile_bytes_are_a_value_or_a_bad_value(data: bytes) -> None:
    equal(encode([1, {"a": (2.0,)}]), data)
    try:
        decode(data)
    except BadValue:
        return


@given(VALUES, st.data())
def test_damaged_bytes_are_a_value_or_a_bad_value(value: Any, data: st.DataObject) -> None:
    whole = bytearray(encode(value))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255))
    equal(encode(value), bytes(whole))
    try:
        decode(bytes(whole))
    except BadValue:
        return


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True),
        (1, 1.0),
        (1, 1 + 0j),
        ("1", 1),
        ("a", b"a"),
        ([1], (1,)),
        ({1}, frozenset({1})),
        ({1: 2}, collections.OrderedDict({1: 2})),
        ({1: 2}, collections.Counter({1: 2})),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1}),
        ({1: "a"}, {True: "a"}),
        ([1, 2], [2, 1]),
        (0.1 + 0.2, 0.3),
        (np.int64(1), 1),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.array([1, 2]), [1, 2]),
        (np.array([1.0, 2.0]), np.array([1.0, 3.0])),
        (np.array([1, 2]), np.array([1, 3])),
        (range(3), range(4)),
        (collections.deque([1]), collections.deque([2])),
    ],
)
def test_values_of_other_types_or_contents_differ(a: Any, b: Any) -> None:
    assert not equal(encode(a), encode(b))
    assert not equal(encode(b), encode(a), tuple_is_list=type(a) is not list)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (math.nan, -math.nan),
        (0.0, -0.0),
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}),
        ({3, 1, 2}, {2, 3, 1}),
        (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
        (collections.deque([1]), collections.deque([1])),
        (collections.deque([1]), collections.deque([1], maxlen=3)),
        (range(0), range(5, 2)),
        (range(1, 2), range(1, 9, 8)),
        (np.array([0.0, math.nan]), np.array([-0.0, math.nan])),
        (np.float32(math.nan), np.float32(-math.nan)),
        (np.arange(6).reshape(2, 3), np.arange(6).reshape(2, 3)),
    ],
)
def test_equal_values_are_equal(a: Any, b: Any) -> None:
    assert equal(encode(a), encode(b))


def test_a_range_of_huge_parts_is_not_even_counted() -> None:
    small = encode(range(3))
    tag = small[:1]
    assert small == tag + encode((0, 3, 1))
    # to make that range takes Python half a minute: the number of its items is a quotient
    huge = tag + encode((1 << 4_000_000, 1 << 8_000_000, (1 << 2_000_000) + 1))
    assert not equal(small, huge)


def test_a_tuple_may_count_as_a_list() -> None:
    nested = encode([1, ({"a": (2,)},)])
    assert equal(encode([1, [{"a": [2]}]]), nested, tuple_is_list=True)
    assert not equal(encode([1, [{"a": [2]}]]), nested)


class Integer(int):
    pass


class Sequence(list[int]):
    pass


class Zone(datetime.tzinfo):
    def utcoffset(self, dt: object) -> datetime.timedelta:
        return datetime.timedelta(0)


@pytest.mark.parametrize(
    "value",
    [
        Integer(1),
        Sequence([1]),
        object(),
        len,
        (x for x in ()),
        collections.defaultdict(lambda: 1),
        datetime.time(tzinfo=Zone()),
        np.array([object()]),
        [[Integer(3)]],
    ],
)
def test_what_is_no_data_does_not_cross(value: object) -> None:
    with pytest.raises(UnsupportedValue):
        encode(value)


def test_depth_is_bounded_on_both_sides() -> None:
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep]
    with pytest.raises(UnsupportedValue):
        encode(deep)
    bomb = b"l\x01\0\0\0" * 100_000 + b"N"
    with pytest.raises(BadValue):
        decode(bomb)
    assert not equal(encode([[]]), bomb)


def test_colliding_keys_cost_no_time() -> None:
    # all of these hash to the same value; a dict of them would take minutes to build
    modulus = (1 << 61) - 1
    hostile = encode([i * modulus for i in range(30_000)])
    hostile = b"S" + hostile[1:]
    assert not equal(encode(set(range(30_000))), hostile)


def test_exact_types_of_numbers() -> None:
    assert decode(encode(fractions.Fraction(1, 3))) == fractions.Fraction(1, 3)
    array = decode(encode(np.float32([[1.5, 2.5]])))
    assert (array.dtype, array.shape, array.tolist()) == (np.float32, (1, 2), [[1.5, 2.5]])
    assert type(decode(encode(np.float64(2)))) is np.float64
