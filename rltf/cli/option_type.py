"""The click type of an option, made from the annotation that says what the option may be."""

from __future__ import annotations

from typing import Any

import click

from rltf.common.options import Option


def option_type(annotation: Any) -> click.ParamType[Any]:
    """Return the type for an annotation that names choices or a number (``common.options``)."""
    option = Option.read(annotation)
    return click.Choice(option.choices) if option.choices else _Number(option)


class _Number(click.ParamType):  # type: ignore[type-arg]  # click 8.2 has no type argument
    """A number, whose range the option knows."""

    name = "number"

    def __init__(self, option: Option) -> None:
        self._option = option

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        number = self._option.parse(value) if isinstance(value, str) else value
        if complaint := self._option.complaint("it", number):
            self.fail(f"{complaint}.", param, ctx)
        return number
