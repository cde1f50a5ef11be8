from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rltf.common.seeds import derive_seed, shuffled_indices


def test_every_part_of_a_name_counts() -> None:
    names = [(0, "a", 1), (0, "a", 2), (0, "b", 1), (1, "a", 1), (0, "a"), (0, "a1")]
    assert len({derive_seed(*name) for name in names}) == len(names)
    assert derive_seed(0, "a", 1) == derive_seed(0, "a", 1)


@given(size=st.integers(1, 20), start=st.integers(0, 60), count=st.integers(0, 60))
def test_any_stretch_is_cut_from_one_sequence_of_shuffled_passes(
    size: int, start: int, count: int
) -> None:
    passes = 120 // size + 1
    sequence = shuffled_indices(size, 0, passes * size, "name")
    assert shuffled_indices(size, start, count, "name") == sequence[start : start + count]
    for first in range(0, len(sequence), size):
        assert sorted(sequence[first : first + size]) == list(range(size))
