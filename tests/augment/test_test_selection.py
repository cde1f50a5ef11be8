"""Greedy set cover, by hand."""

import pytest

from rltf.augment.test_selection import cover


@pytest.mark.parametrize(
    ("kills", "most", "chosen"),
    [
        ([], 3, []),
        ([set(), set()], 3, []),
        ([{0}, {0, 1}, {1}], 3, [1]),
        ([{0}, {1}, {0, 2}], 3, [1, 2]),
        ([{0}, {1}, {2}], 2, [0, 1]),
        ([{0, 1}, {0, 1}], 5, [0]),
        ([{0, 1, 2}, {3}, {0, 3}], 5, [0, 1]),
    ],
)
def test_tests_are_kept_for_what_they_alone_kill(kills, most, chosen) -> None:
    assert cover(kills, most) == chosen
