from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from rltf.common import options
from rltf.common.options import Bounds, NonNegativeInt, Option, PositiveFloat, PositiveInt, Share

HALF_OPEN = Annotated[float, Bounds(above=0, at_most=1)]
NOTED = Annotated[float, Bounds(above=0, below=3, note="the number of sides")]


@pytest.mark.parametrize(
    ("annotation", "allowed", "refused", "description"),
    [
        (int, [0, -3], [1.0, True, "1", None], "a whole number"),
        (float, [0, 1.5], [True, "1", None, math.nan, math.inf, 10**400], "a number"),
        (str, ["", "x"], [1, None], "a text"),
        (bool, [True], [1], "true or false"),
        (PositiveInt, [1], [0, 1.0], "a whole number of at least 1"),
        (NonNegativeInt, [0], [-1], "a whole number of at least 0"),
        (PositiveFloat, [1e-9, 1], [0, math.inf], "a number above 0"),
        (Share, [0, 1], [-0.1, 1.1], "a number from 0 to 1"),
        (HALF_OPEN, [1], [0, 1.1], "a number above 0 and at most 1"),
        (NOTED, [1], [0, 3], "a number above 0 and below 3, the number of sides"),
        (PositiveInt | None, [None, 1], [0, ""], "a whole number of at least 1"),
        (Literal["a", "b"], ["a"], ["c", 1, None], "a or b"),
        (Literal["a", "b"] | None, ["a", None], ["c"], "a or b"),
        (list[int], [1, None, "x"], [], ""),
        (dict[str, int] | None, [1, None, "x"], [], ""),
    ],
)
def test_an_annotation_says_what_is_allowed(
    annotation: object, allowed: list[object], refused: list[object], description: str
) -> None:
    option = Option.read(annotation)
    assert all(map(option.allows, allowed))
    assert not any(map(option.allows, refused))
    assert str(option) == description


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (PositiveInt, "3", 3),
        (float, "1e-5", 1e-5),
        (int, "many", "many"),
        (str, "7", "7"),
        (PositiveInt | None, "none", None),
        (str | None, "", None),
        (str, "none", "none"),
        (Literal["a", "b"], "a", "a"),
    ],
)
def test_a_text_is_read_as_its_option(annotation: object, text: str, value: object) -> None:
    assert Option.read(annotation).parse(text) == value


def test_a_complaint_names_the_option_the_value_and_what_is_allowed() -> None:
    option = Option.read(Literal["paper", "official"])
    assert option.complaint("mode", "paper") is None
    assert option.complaint("mode", "oficial") == (
        "mode must be paper or official, not 'oficial'; did you mean 'official'?"
    )


@dataclass
class Settings:
    size: PositiveInt = 1
    name: str = "x"


def test_the_first_wrong_field_is_an_error() -> None:
    options.check_fields(Settings(), ValueError)
    with pytest.raises(
        KeyError, match="settings: size must be a whole number of at least 1, not 0"
    ):
        options.check_fields(Settings(size=0, name=3), KeyError, "settings: ")  # type: ignore[arg-type]


def factory(size: PositiveInt = 1, other: int = 0) -> None:
    """Annotated with one range."""


def unreadable(size: PositiveInt, other: NoSuchName) -> None:  # type: ignore[name-defined]  # noqa: F821
    """Annotated with a name that is not there when the program runs."""


def test_arguments_are_checked_where_the_annotation_names_a_range() -> None:
    options.check_arguments(factory, {"size": 2, "other": "x"}, "reward 'x'", ValueError)
    with pytest.raises(ValueError, match=r"the option 'size' of reward 'x' must be .*, not 0"):
        options.check_arguments(factory, {"size": 0}, "reward 'x'", ValueError)


def test_annotations_that_cannot_be_read_allow_everything() -> None:
    options.check_arguments(unreadable, {"size": 0}, "reward 'x'", ValueError)
