"""Exceptions of Python's classes that the program has raised: made again, with all that they carry."""

from __future__ import annotations

from typing import Any

from ..shared import channel, values

_NOTES = "__notes__"


def made(name: str, args: tuple[Any, ...], attributes: dict[Any, Any], links: Any) -> BaseException:
    """Return an exception with these attributes, cause and context."""
    match links:
        case (None | BaseException() as cause, None | BaseException() as context, bool(suppress)):
            error = channel.error(name, args)
        case _:
            raise values.BadValue("no exception")
    for attribute, value in attributes.items():
        if type(attribute) is str and (attribute == _NOTES or not attribute.startswith("_")):
            vars(error)[attribute] = value
    error.__cause__, error.__context__ = cause, context
    error.__suppress_context__ = suppress
    return error


def link(name: str) -> property:
    """Return the property of a stub that asks the program for the cause or the like."""

    def ask(error: Any) -> Any:
        return error._rltf_session.request("get", error, name)

    def keep(error: Any, value: Any) -> None:
        vars(BaseException)[name].__set__(error, value)

    return property(ask, keep)
