"""Compare a program's output with the expected output, token by token, ignoring white space."""

from __future__ import annotations

import math
import re
from decimal import MAX_EMAX, MIN_EMIN, Context

TOLERANCE = 1e-6
"""Relative tolerance, and absolute tolerance below 1."""

_NON_INTEGER = re.compile(rb"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?")
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LONGEST_NUMBER = 64
_BEYOND_FLOATS = Context(prec=2 * _LONGEST_NUMBER, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


def same_tokens(expected: bytes, output: bytes) -> bool:
    """Return whether both hold the same tokens in the same order, numbers within the tolerance."""
    tokens = expected.split()
    # Limit the split: a program may print millions of tokens.
    printed = output.split(None, len(tokens))
    return len(printed) == len(tokens) and all(map(_same_token, tokens, printed))


def _same_token(expected: bytes, printed: bytes) -> bool:
    # the last piece of a split that was cut short still has its trailing white space
    printed = printed.rstrip()
    if expected == printed:
        return True
    if not _NON_INTEGER.fullmatch(expected) or len(printed) > _LONGEST_NUMBER:
        return False
    return bool(_NUMBER.fullmatch(printed)) and _is_close(expected, printed)


def _is_close(expected: bytes, printed: bytes) -> bool:
    a, b = float(expected), float(printed)
    if math.isfinite(a) and math.isfinite(b):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    numbers = _BEYOND_FLOATS
    x, y = (numbers.create_decimal(token.decode()) for token in (expected, printed))
    if not (x.is_finite() and y.is_finite()):
        return False  # of an exponent of so many digits
    larger = numbers.max(numbers.abs(x), numbers.abs(y))
    room = numbers.multiply(numbers.create_decimal(TOLERANCE), larger)
    return numbers.abs(numbers.subtract(x, y)) <= room
