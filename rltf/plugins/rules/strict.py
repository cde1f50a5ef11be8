"""The judging rule ``strict``: only correct answers pass.

A value must equal the expected one in type and value; a tuple equals a list if the expected value
came from JSON, which cannot write tuples. Text is compared token by token, in order. A number may
differ by a tolerance only if the expected token is written as a non-integer and the other one as a
decimal number. Python's ``float`` would accept more, such as ``inf``, ``1_0.0`` and digits of other
scripts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context

from rltf.hookspecs import Register, hookimpl
from rltf.problem import TestCase
from rltf.sandbox.guest.both.values import encode, plain
from rltf.sandbox.judging.comparison import equal
from rltf.sandbox.judging.rule import Harness, Rule

TOLERANCE = 1e-6
"""Relative tolerance, and absolute tolerance below 1."""

_NON_INTEGER = re.compile(rb"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?")
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LONGEST_NUMBER = 64
_BEYOND_FLOATS = Context(prec=2 * _LONGEST_NUMBER, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


class Strict:
    """The rule; see the module."""

    harness: Harness = ""

    def stdin(self, test: TestCase, output: bytes) -> bool:
        expected = test.output.encode("utf-8", "surrogatepass")
        if expected == output:
            return True
        tokens = expected.split()
        # Limit the split: a program may print millions of tokens.
        got = output.split(None, len(tokens))
        return len(got) == len(tokens) and all(map(_same_token, tokens, got))

    def call(self, test: TestCase, value: bytes) -> bool:
        expected = encode(test.expected, plain)
        return equal(expected, value, tuple_is_list=test.from_json, any_kind=True)


def _same_token(expected: bytes, got: bytes) -> bool:
    # The last token of a limited split keeps its trailing white space.
    got = got.rstrip()
    if expected == got:
        return True
    if not _NON_INTEGER.fullmatch(expected) or len(got) > _LONGEST_NUMBER:
        return False
    return bool(_NUMBER.fullmatch(got)) and _is_close(expected, got)


def _is_close(expected: bytes, got: bytes) -> bool:
    a, b = float(expected), float(got)
    if math.isfinite(a) and math.isfinite(b):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    numbers = _BEYOND_FLOATS
    x, y = (numbers.create_decimal(token.decode()) for token in (expected, got))
    if not (x.is_finite() and y.is_finite()):
        return False  # the exponent has too many digits
    larger = numbers.max(numbers.abs(x), numbers.abs(y))
    allowed = numbers.multiply(numbers.create_decimal(TOLERANCE), larger)
    return numbers.abs(numbers.subtract(x, y)) <= allowed


@hookimpl
def rltf_register_rules(register: Register) -> None:
    factory: Callable[[], Rule] = Strict
    register("strict", factory)
