"""Integers of any length in JSON and in literals.

Python's ``int`` and ``str`` refuse more than 4300 digits, since they take quadratic time; here long ones
are taken in halves. Only data of the user's passes here: what a program sends is never written out in
digits.
"""

from __future__ import annotations

import io
import json
import tokenize
from math import log10
from secrets import token_hex
from typing import Any

LONGEST = 4300
"""Digits that ``int`` and ``str`` are asked for."""
_DIGITS_A_BIT = log10(2)


def number(digits: str) -> int:
    """The integer that decimal digits say; a ``parse_int`` for ``json.loads``."""
    if len(digits) <= LONGEST:
        return int(digits)
    if digits.startswith("-"):
        return -number(digits[1:])
    low = len(digits) // 2
    power: int = 10**low
    return number(digits[:-low]) * power + number(digits[-low:])


def text(value: int) -> str:
    """The decimal digits of an integer."""
    if not is_long(value):
        return str(value)
    if value < 0:
        return "-" + text(-value)
    low = int(value.bit_length() * _DIGITS_A_BIT / 2)
    high, rest = divmod(value, 10**low)
    return text(high) + text(rest).zfill(low)


def is_long(value: int) -> bool:
    """Whether ``str`` may refuse the integer."""
    return value.bit_length() * _DIGITS_A_BIT > LONGEST


def dumps(value: Any) -> str:
    """``json.dumps``, with integers of any length."""
    try:
        return json.dumps(value)
    except ValueError:
        mark = token_hex(16)  # stands where the digits go
        longs: list[int] = []
        head, *rest = json.dumps(_marked(value, mark, longs)).split(f'"{mark}"')
    pairs = zip(longs, rest, strict=True)
    return head + "".join(text(long) + after for long, after in pairs)


def _marked(value: Any, mark: str, longs: list[int]) -> Any:
    if isinstance(value, dict):
        return {key: _marked(item, mark, longs) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_marked(item, mark, longs) for item in value]
    if type(value) is int and is_long(value):
        longs.append(value)
        return mark
    return value


def short_form(code: str) -> str:
    """Python code in which integers of many digits are written in base 16, which has no limit."""
    lines = code.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    for token in reversed(tokens):
        (row, start), (_, end) = token.start, token.end
        digits = token.string.replace("_", "")
        if token.type == tokenize.NUMBER and len(digits) > LONGEST and digits.isdecimal():
            line = lines[row - 1]
            lines[row - 1] = f"{line[:start]}{number(digits):#x}{line[end:]}"
    return "".join(lines)
