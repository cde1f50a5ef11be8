from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rltf.extract import unwrap
from rltf.prompt import PromptFormat, as_written, cut, place

STOPS = ("\nclass", "\n#", "[DONE]", "<|endoftext|>")


@pytest.mark.parametrize("stop", STOPS)
def test_a_completion_ends_before_the_first_stop_wherever_it_stands(stop: str) -> None:
    text = "    return x\n    y = [1]\nz"
    for at in range(len(text) + 1):
        with_stop = text[:at] + stop + " more [DONE] and\nclass"
        assert cut(with_stop, STOPS) == (text[:at], True)


def test_a_text_without_a_stop_is_left_alone() -> None:
    assert cut("def f(): pass\n", STOPS) == ("def f(): pass\n", False)
    assert cut("", STOPS) == ("", False)
    assert cut("anything\nclass", ()) == ("anything\nclass", False)


PIECES = [*STOPS, "[DO", "NE]", "\n", "\ncla", "ss", "#", "x"]


@given(st.lists(st.sampled_from(PIECES)).map("".join), st.lists(st.sampled_from(STOPS)))
def test_what_is_cut_has_no_stop_left(text: str, stops: list[str]) -> None:
    kept, was_cut = cut(text, stops)
    assert text.startswith(kept)
    assert was_cut == (kept != text) == any(stop in text for stop in stops)
    assert cut(kept, stops) == (kept, False)


def test_an_empty_stop_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        PromptFormat(lambda problem: problem.prompt, as_written, stops=("\n", ""))


def test_the_place_of_a_program_is_that_of_the_block_that_was_taken() -> None:
    said = "So:\n```python\nx = 1\n```\nIt is the same as\n```\nx = 1\n```\n"
    program, start = unwrap(said)
    assert said[start:].startswith(program)
    assert place(program, said) == -start
    assert said.index(program) == start
    assert place("import a\nx = 1\n", "x = 1\n") == 9
    assert place("x = 1", "y = 1") is None
