"""Type-aware mutation: a mutant has the types of what it is a mutant of, and is drawn by seed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rltf.augment.value_mutation import EXTREMES, Mutator
from rltf.common.seeds import StableRandom

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary()
)
HASHABLE = st.integers() | st.text() | st.tuples(st.integers(), st.text())
VALUES = st.recursive(
    ATOMS,
    lambda items: (
        st.lists(items, max_size=4)
        | st.tuples(items, items)
        | st.sets(HASHABLE, max_size=4)
        | st.dictionaries(HASHABLE, items, max_size=4)
    ),
    max_leaves=8,
)


def parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return list(value) if isinstance(value, (list, tuple, set)) else []


def types(value: Any) -> set[type]:
    return {type(value)}.union(*map(types, parts(value)))


@given(VALUES, st.lists(VALUES, max_size=3), st.integers(min_value=0))
@settings(max_examples=150, deadline=None)
def test_types_are_kept_and_the_original_is_not_touched(value, seen, seed) -> None:
    before = repr(value)
    mutant = Mutator(StableRandom(seed), [value, *seen]).mutated(value)
    assert type(mutant) is type(value)
    assert types(mutant) <= types(value).union(*map(types, seen))
    assert repr(value) == before


@given(VALUES, st.integers(min_value=0))
@settings(max_examples=50, deadline=None)
def test_the_same_seed_gives_the_same_mutant(value, seed) -> None:
    one, other = (repr(Mutator(StableRandom(seed), [value]).mutated(value)) for _ in range(2))
    assert one == other


def all_mutants(value: Any, seen: tuple[Any, ...] = ()) -> list[Any]:
    mutator = Mutator(StableRandom(1), seen)
    mutants: list[Any] = []
    for _ in range(2000):
        mutant = mutator.mutated(value)
        if mutant not in mutants:
            mutants.append(mutant)
    return mutants


def test_integers_move_by_one_flip_and_become_extremes() -> None:
    assert {6, 4, -5, *EXTREMES} <= set(all_mutants(5))
    assert {-extreme for extreme in EXTREMES} <= set(all_mutants(-5))


@pytest.mark.parametrize(
    ("value", "mutants"),
    [
        (True, [False]),
        (None, [None]),
        ([1, 2], [[2], [1, 1, 2], [2, 1], [1, 3]]),
        ((1, 2), [(2,), (1, 2, 2), (2, 1), (0, 2)]),
        ({"a": 1}, [{}, {"a": 2}]),
        ({7}, [set(), {8}, {6, 7}]),
        ("ab", ["b", "ba", "abb", "xb"]),
        (1.5, [2.5, 0.5, -1.5, 3.0]),
    ],
)
def test_every_kind_of_change_comes_about(value, mutants) -> None:
    made = all_mutants(value)
    assert [mutant for mutant in mutants if mutant not in made] == []


def test_a_record_keeps_its_length() -> None:
    assert {len(mutant) for mutant in all_mutants(("Ann", 30))} == {2}


def test_parts_of_other_inputs_are_used() -> None:
    assert "zebra" in all_mutants("ab", seen=("ab", ["zebra"]))
    assert [5] in all_mutants([], seen=([5],))


def test_a_character_stays_in_its_class() -> None:
    assert all(mutant.isdigit() for mutant in all_mutants("12") if mutant)
    assert all(set(mutant) <= {"+", "-"} for mutant in all_mutants("+", seen=("+-",)))
