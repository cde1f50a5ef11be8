"""Integers of any length in JSON and in literals.

Python's ``int`` and ``str`` refuse more than 4300 digits, because they take quadratic time. Here a
long integer is converted in halves. Only the user's data passes through this module: what a program
sends is never written in decimal digits.
"""

from __future__ import annotations

import io
import json
import tokenize
from math import log10
from secrets import token_hex
from typing import Any

LONGEST = 4300
"""Digits that ``int`` and ``str`` convert."""
_DIGITS_A_BIT = log10(2)


def number(digits: str) -> int:
    """Return the integer of decimal digits; usable as ``parse_int`` of ``json.loads``."""
    if len(digits) <= LONGEST:
        return int(digits)
    if digits.startswith("-"):
        return -number(digits[1:])
    low = len(digits) // 2
    power: int = 10**low
    return number(digits[:-low]) * power + number(digits[-low:])


def text(value: int) -> str:
    """Return the decimal digits of an integer."""
    if not is_long(value):
        return str(value)
    if value < 0:
        return "-" + text(-value)
    low = int(value.bit_length() * _DIGITS_A_BIT / 2)
    high, rest = divmod(value, 10**low)
    return text(high) + text(rest).zfill(low)


def is_long(value: int) -> bool:
    """Return whether ``str`` may refuse the integer."""
    return value.bit_length() * _DIGITS_A_BIT > LONGEST


def dumps(value: Any) -> str:
    """Do what ``json.dumps`` does, with integers of any length."""
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
    """Rewrite long decimal integers in Python code in base 16, which has no limit."""
    lines = code.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    for token in reversed(tokens):
        (row, start), (_, end) = token.start, token.end
        digits = token.string.replace("_", "")
        if token.type == tokenize.NUMBER and len(digits) > LONGEST and digits.isdecimal():
            line = lines[row - 1]
            lines[row - 1] = f"{line[:start]}{number(digits):#x}{line[end:]}"
    return "".join(lines)
