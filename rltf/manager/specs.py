"""Options of a plugin as users write them: ``NAME[option=value,other=value]``."""

from __future__ import annotations

import ast
import re
from typing import Any

from rltf.common import syntax
from rltf.errors import PluginError

_SPEC = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<options>[^\[\]]*)\])?")


def parse_spec(kind: str, text: str) -> tuple[str, dict[str, Any]]:
    """Return name and options of ``NAME[option=value,…]``; :class:`PluginError` says what is wrong.

    Args:
        kind: What the name is for, such as ``objective``, for messages.
    """
    match = _SPEC.fullmatch(text.strip())
    if match is None:
        raise PluginError(f"{text!r} must be NAME or NAME[option=value,…]")
    name = match["name"].strip()
    return name, parse_options(f"{kind} {name!r}", match["options"])


def parse_options(owner: str, text: str | None) -> dict[str, Any]:
    """Return the options in ``option=value,…``; values are Python literals if possible, else text.

    Args:
        owner: Whose options they are, such as ``reward 'fine'``, for messages.
    """
    options: dict[str, Any] = {}
    for item in (text or "").split(","):
        if not item.strip():
            continue
        option, equals, value = (part.strip() for part in item.partition("="))
        if not equals or not option.isidentifier():
            raise PluginError(
                f"the option {item.strip()!r} of {owner} must be name=value, like mode=official"
            )
        if option in options:
            raise PluginError(f"the option {option!r} of {owner} is given twice")
        options[option] = _value(value)
    return options


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(syntax.parse_expression(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
