from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rltf.prompt import PromptFormat, as_written, cut

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
