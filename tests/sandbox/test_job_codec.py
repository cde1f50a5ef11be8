"""What the client tells a child arrives as it was."""

from __future__ import annotations

import collections
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rltf.sandbox.guest.shared.job_codec import pack, unpack
from rltf.sandbox.guest.shared.values import UnsupportedValue, encode

ATOMS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers()
    | st.text(st.characters()) | st.binary()
)  # fmt: skip
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(), inner)
        | st.sets(st.integers())
    ),
)


@settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(VALUES)
def test_plain_data_arrives_as_it_was(value: Any) -> None:
    order = ("f", (value,))
    assert encode(unpack(pack(order))) == encode(order)


@pytest.mark.parametrize(
    "value",
    [
        collections.Counter("aab"),
        collections.deque([1], maxlen=2),
        range(3),
        np.arange(3),
        np.float64(0.5),
        {"deep": [np.arange(2)]},
        "\udc80",
        math.nan,
    ],
)
def test_so_does_what_only_values_can_say(value: Any) -> None:
    assert encode(unpack(pack(("f", (value,))))) == encode(("f", (value,)))


def test_two_equal_parts_do_not_become_one_object() -> None:
    row = [0]
    _, (rows,) = unpack(pack(("f", ([row, row],))))
    rows[0].append(1)
    assert rows == [[0, 1], [0]]


def test_a_buffer_arrives_as_what_it_was() -> None:
    """marshal itself would write it as bytes."""
    _, values = unpack(pack(("f", (bytearray(b"x"), memoryview(b"x")))))
    assert [*map(type, values)] == [bytearray, memoryview]


@pytest.mark.parametrize("value", [object(), (lambda: 0).__code__])
def test_nothing_else_crosses(value: Any) -> None:
    """marshal itself would write code as code."""
    with pytest.raises(UnsupportedValue):
        pack(("f", (value,)))
