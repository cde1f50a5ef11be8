from __future__ import annotations

from typing import Literal

import click
import pytest

from rltf.cli.option_type import option_type
from rltf.common.options import NonNegativeFloat, PositiveInt

Choices = Literal["test", "program"]


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [(PositiveInt, "3", 3), (NonNegativeFloat, "0", 0.0), (Choices, "test", "test")],
)
def test_a_text_becomes_the_value_of_its_option(
    annotation: object, text: str, value: object
) -> None:
    converted = option_type(annotation).convert(text, None, None)
    assert (converted, type(converted)) == (value, type(value))


@pytest.mark.parametrize(
    ("annotation", "text", "message"),
    [
        (PositiveInt, "0", "it must be a whole number of at least 1, not 0."),
        (PositiveInt, "1.5", "it must be a whole number of at least 1, not '1.5'."),
        (NonNegativeFloat, "inf", "it must be a number of at least 0, not inf."),
        (Choices, "tests", "'tests' is not one of 'test', 'program'."),
    ],
)
def test_a_value_that_is_not_allowed_is_refused(
    annotation: object, text: str, message: str
) -> None:
    with pytest.raises(click.BadParameter) as caught:
        option_type(annotation).convert(text, None, None)
    assert caught.value.message == message


def test_a_default_is_checked_too() -> None:
    assert option_type(PositiveInt).convert(10, None, None) == 10
