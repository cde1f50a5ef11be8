"""New inputs show nothing that none of a problem's own inputs shows."""

import pytest

from rltf.augment.input_domain import Domain


@pytest.mark.parametrize(
    ("known", "inside", "outside"),
    [
        ([(3,), (5,)], [(100,), (5000,)], [(5001,), (0,), (-1,), (3.0,), ("3",), (3, 4)]),
        ([(0,), (5,)], [(7,)], [(-1,)]),
        ([(-2,), (5,)], [(0,), (-7,)], []),
        ([([1],)], [([2, 3],)], [([],), ([-1],), (["a"],), ((1,),)]),
        ([([],), ([1],)], [([],)], [([[]],)]),
        ([("ab",), ("c",)], [("ba",)], [("a1",), ("A",), ("a b",), ("",)]),
        ([("a-b",)], [("b-a-b",)], [("a+b",)]),
        ([([1, 2, 3],), ([2, 3, 9],)], [([5, 6, 7],)], [([3, 2, 1],)]),
        ([([1, 2, 3],), ([2, 9, 3],)], [([3, 2, 1],)], []),
        ([([[1, 2], [3, 4]],), ([[5], [6]],)], [([[1], [2], [3]],)], [([[1], [2, 3]],)]),
        ([([5, 6], 2), ([7, 8, 9], 3)], [([1], 1)], [([1], 2)]),
        ([([5, 6], 1), ([7, 8, 9], 3)], [([1, 2], 2)], [([1], 2)]),
        ([([5], [6]), ([7, 8], [9, 1])], [([1, 2], [3, 4])], [([1], [2, 3])]),
        ([("x", None), ("y", 3)], [("z", 4), ("z", None)], [(None, 3)]),
        ([("(a)",), ("((a)b)",)], [("(a)(b)",), ("ab",)], [("(a",), (")a(",)]),
        ([("([])",), ("[()]",)], [("[()()]",)], [("([)]",)]),
        ([("(a",), ("(b)",)], [("b)",)], []),
        ([("() (a)",), ("(()) ()",)], [("(()) ()",)], [("(( )) ()",)]),
        ([([[1, 2], [3, 4]],), ([[5]],), ([[5, 6], [7, 8]],)], [([[9]],)], [([[1, 2]] * 3,)]),
        ([([4, 1],), ([5, 7, 8],)], [([3, 3],)], []),
        ([(1, 9), (4, 4)], [(9, 1)], []),
    ],
)
def test_calls(known, inside, outside) -> None:
    domain = Domain(known)
    assert [args for args in known if args not in domain] == []
    assert [args for args in inside if args not in domain] == []
    assert [args for args in outside if args in domain] == []


@pytest.mark.parametrize(
    ("prompt", "known", "inside", "outside"),
    [
        ("No duplicate values.", [([4, 1],), ([5, 7, 8],)], [([3, 2],)], [([3, 3],)]),
        ("Remove duplicates.", [([4, 4],), ([5, 7, 8],)], [([3, 3],)], []),
        (
            "Every integer appears exactly once.",
            [([[1, 2], [3, 4]],), ([[4, 3], [2, 1]],)],
            [([[3, 1], [2, 4]],)],
            [([[3, 1], [2, 5]],), ([[3, 1], [2, 2]],)],
        ),
        ("The sum of the range.", [(1, 9), (4, 4)], [(3, 7)], [(7, 3)]),
        ("The range, also backwards.", [(1, 9), (4, 2)], [(7, 3)], []),
    ],
)
def test_words_of_the_prompt(prompt, known, inside, outside) -> None:
    domain = Domain(known, prompt)
    assert [args for args in known if args not in domain] == []
    assert [args for args in inside if args not in domain] == []
    assert [args for args in outside if args in domain] == []


def test_text() -> None:
    domain = Domain(["3\nab cd 1.5\n"])
    assert "4\nba 2.5\n" in domain
    assert [text for text in ("-3\n", "0\n", "3\nAB\n") if text in domain] == []


def test_an_integer_too_large_for_a_float() -> None:
    domain = Domain([f"1{'0' * 400}\n"])
    assert "7\n" in domain
    assert "1e999\n" not in domain


def test_an_argument_that_counts_another_one_goes_on_counting_it() -> None:
    domain = Domain([([5, 6], 2), ([7, 8, 9], 3)])
    assert domain.fitted(([1, 1, 1, 1], 3)) == ([1, 1, 1, 1], 4)
    assert domain.fitted("text") == "text"
