"""Mutation of text on standard input: its shape stays."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rltf.augment.text_mutation import TextMutator
from rltf.common.seeds import StableRandom


def all_mutants(text: str, rounds: int = 500) -> set[str]:
    mutator = TextMutator(StableRandom(3), [text])
    return {mutator.mutated(text) for _ in range(rounds)}


def test_integers_stay_integers_and_words_words() -> None:
    for mutant in all_mutants("12 abc 1.5\n"):
        number, word, point = mutant.removesuffix("\n").split(" ")
        assert int(number) == float(number)
        assert not word.isdigit()
        assert "." in point
        assert float(point) > -1e9


def test_a_count_of_tokens_is_kept_true() -> None:
    lengths = set()
    for mutant in all_mutants("3\n10 20 30\n"):
        count, numbers = mutant.splitlines()
        assert int(count) == len(numbers.split())
        lengths.add(int(count))
    assert lengths == {2, 3, 4}


def test_a_count_of_lines_is_kept_true() -> None:
    lengths = set()
    for mutant in all_mutants("3\nab 1\ncd 2\nef 3\n"):
        count, *lines = mutant.splitlines()
        assert int(count) == len(lines)
        lengths.add(len(lines))
    assert lengths == {2, 3, 4}


def test_a_square_keeps_its_sides() -> None:
    for mutant in all_mutants("3\n1 2 9\n3 4 9\n5 6 9\n"):
        count, *lines = mutant.splitlines()
        assert count == "3"
        assert [len(line.split(" ")) for line in lines] == [3, 3, 3]


def test_what_nothing_counts_keeps_its_size() -> None:
    assert {
        [len(line.split(" ")) for line in text.split("\n")] == [2, 3, 1]
        for text in all_mutants("7 8\n1 2 5\n")
    } == {True}


def test_the_last_line_ends_as_it_did() -> None:
    assert not any(text.endswith("\n") for text in all_mutants("5"))
    assert all(text.endswith("\n") for text in all_mutants("5\n"))


@given(st.text(max_size=40), st.integers(min_value=0))
@settings(max_examples=100, deadline=None)
def test_any_text_can_be_mutated_and_the_same_seed_gives_the_same(text, seed) -> None:
    one, other = (TextMutator(StableRandom(seed), [text]).mutated(text) for _ in range(2))
    assert one == other
