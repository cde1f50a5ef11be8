"""Stop strings in the bytes of ids."""

from __future__ import annotations

import pytest

from rltf.models.stop_strings import Stops
from rltf.prompt import cut

TABLE = [b"", b"a", b"\n", b"def", b" f", b"\ndef g", "é".encode()[:1], "é".encode()[1:]]


@pytest.mark.parametrize(
    ("stops", "ids", "expected"),
    [
        (["\ndef"], [1, 2, 3, 4], 2),
        (["\ndef"], [1, 5], 1),
        (["a"], [1], 0),
        (["é"], [6, 7], 1),
        (["\n\n", "aa"], [1, 2, 1, 1], 3),
        (["\ndef"], [3, 2, 4, 3], None),
        (["aaa"], [1, 0, 1, 0, 1], 4),
        (["\naa\na"], [1, 1, 2, 1, 1, 2, 1], 6),
    ],
)
def test_a_stop_is_seen_at_the_id_that_completes_it(
    stops: list[str], ids: list[int], expected: int | None
) -> None:
    watch = Stops(TABLE, stops)
    reached = [watch.reached([0], [i])[0] for i in ids]
    assert (reached.index(True) if True in reached else None) == expected


def test_rows_are_apart() -> None:
    watch = Stops(TABLE, ["aa"])
    assert watch.reached([0, 1, 2], [1, 2, 1]) == [False, False, False]
    assert watch.reached([1, 2], [1, 1]) == [False, True]
    assert watch.reached([0], [1]) == [True]


def test_text_is_cut_before_the_first_stop() -> None:
    assert cut("abcabc", ["ca", "b"]) == ("a", True)
    assert cut("abc", ["x"]) == ("abc", False)
    assert cut("abc", []) == ("abc", False)
