"""Values as Python literals, and back."""

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rltf.common.literals import literal_text, literal_value

KEYS = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
FINITE = st.floats(allow_nan=False, allow_infinity=False)
# + 0 makes a negative zero positive: few complex literals keep its sign
COMPLEX = st.complex_numbers(allow_nan=False, allow_infinity=False).map(lambda number: number + 0)
NUMBERS = FINITE | COMPLEX
VALUES = st.recursive(
    KEYS | NUMBERS,
    lambda items: (
        st.lists(items, max_size=3)
        | st.lists(items, max_size=3).map(tuple)
        | st.sets(KEYS, max_size=3)
        | st.dictionaries(KEYS, items, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_comes_back_exactly(value) -> None:
    text = literal_text(value)
    again = literal_value(text)
    assert again == value
    assert literal_text(again) == text


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        {1: [float("-inf")]},
        complex(0.0, -0.0),
        object(),
        Counter("a"),
        frozenset(),
    ],
)
def test_what_no_literal_says_is_an_error(value) -> None:
    with pytest.raises(ValueError, match="no Python literal says"):
        literal_text(value)


@pytest.mark.parametrize("text", ["f(1)", "1 +", "", "(" * 500, "{[]}"])
def test_other_text_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a Python literal"):
        literal_value(text)


def test_a_set_is_the_same_text_in_every_process() -> None:
    program = (
        "from rltf.common.literals import literal_text; print(literal_text({'b', 'a', 'c', 'd'}))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert texts == {"{'a', 'b', 'c', 'd'}\n"}
