"""Values as Python literals: exact text that can be read without running code.

Python literals have tuples, sets and integers as keys, which JSON lacks.
"""

from __future__ import annotations

import ast
import cmath
import tokenize
from typing import Any

from rltf.common import long_integers, syntax

_NO_LITERAL = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError)
_BRACKETS: dict[type, str] = {list: "[]", tuple: "()", set: "{}"}


def literal_text(value: Any) -> str:
    """Return the literal of a value, the same text in every process (sets are sorted).

    Raises ``ValueError`` for a value without a literal, such as NaN or most objects.
    """
    kind = type(value)
    if kind is int and long_integers.is_long(value):
        return hex(value)
    if value is None or kind in (bool, int, str, bytes):
        return repr(value)
    if kind in (float, complex) and cmath.isfinite(value) and _survives(value):
        return repr(value)
    if kind is dict:
        return f"{{{', '.join(f'{literal_text(k)}: {literal_text(v)}' for k, v in value.items())}}}"
    if kind is set and not value:
        return "set()"
    if kind in _BRACKETS:
        items = [literal_text(item) for item in value]
        if kind is set:
            items.sort()
        comma = "," if kind is tuple and len(items) == 1 else ""
        return f"{_BRACKETS[kind][0]}{', '.join(items)}{comma}{_BRACKETS[kind][1]}"
    raise ValueError(f"no Python literal says a {kind.__name__} such as {value!r:.60}")


def _survives(value: float | complex) -> bool:
    """Return whether a number is the value of its ``repr``; a complex one may lose the sign of a 0."""
    return repr(ast.literal_eval(repr(value))) == repr(value)


def literal_value(text: str) -> Any:
    """Return the value of a literal; raise ``ValueError`` if the text is not one."""
    try:
        return ast.literal_eval(syntax.parse_expression(text))
    except _NO_LITERAL:
        problem = ValueError(f"not a Python literal: {text!r:.60}")
    if len(text) <= long_integers.LONGEST:
        raise problem
    try:
        return ast.literal_eval(syntax.parse_expression(long_integers.short_form(text)))
    except (tokenize.TokenError, *_NO_LITERAL):
        raise problem from None
