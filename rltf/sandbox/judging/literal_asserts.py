"""Asserts that only say what a call must return, such as ``assert f(2, [3]) == 5``.

Such a test needs no judge: its arguments travel as data, and its ``==`` compares two pieces of
data, which is done here, where the expected value is. The verdict is the same as with a judge.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from rltf.common import syntax
from rltf.sandbox.guest.shared.job_codec import pack
from rltf.sandbox.guest.shared.values import BadValue, Reader, UnsupportedValue, encode
from rltf.sandbox.judging.comparison import size, span
from rltf.sandbox.judging.name_uses import FILENAME

# an int of six bytes equals a numpy scalar of some forty
_LONGEST = 16
_ALWAYS_READ = 4096
_LONGEST_FRACTION = 4096
"""Bytes. To reduce a fraction takes time that grows with the square of its length."""
_MOST_HASHED = 1000
"""Items of expected sets and dicts. A program may return as many items with one hash."""


@dataclass(frozen=True)
class LiteralAssert:
    """``assert function(*args) == expected``."""

    function: str
    args: tuple[Any, ...]
    expected: Any

    @cached_property
    def request(self) -> bytes:
        """Function and arguments, as a candidate gets them."""
        return pack((self.function, self.args))

    @cached_property
    def _expected_bytes(self) -> bytes:
        return encode(self.expected)

    def holds(self, value: bytes) -> bool:
        """Return whether the assert holds for a returned value, which anybody may have written.

        A value that is larger than an equal one can be is not even decoded.
        """
        expected = self._expected_bytes
        if value == expected:
            return True  # no literal is unequal to itself
        if len(value) > _LONGEST * len(expected) + _ALWAYS_READ:
            return False
        try:
            return size(value) == size(expected) and bool(self.expected == _Careful(value).value())
        except (BadValue, ValueError, TypeError, ArithmeticError):
            return False  # not a value, or one that cannot be compared (arrays, signaling NaN)


class _Careful(Reader):
    """Builds nothing whose time a program can choose."""

    def value(self, depth: int = 0) -> Any:
        if self.data[self.at : self.at + 1] == b"a":
            over = Reader(self.data)
            over.at = self.at
            if len(span(over)) > _LONGEST_FRACTION:
                raise BadValue("a long fraction")
        return super().value(depth)


def _hashed(value: Any) -> int:
    """Return the number of items in the sets and dicts of a literal."""
    if isinstance(value, dict):
        return len(value) + sum(map(_hashed, value.values()))
    if isinstance(value, set):
        return len(value)
    return sum(map(_hashed, value)) if isinstance(value, list | tuple) else 0


@lru_cache(maxsize=4096)
def literal_assert(code: str) -> LiteralAssert | None:
    """Return the assert if the code has this form, otherwise ``None``."""
    try:
        match syntax.parse(code, FILENAME).body:
            case [ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]))]:
                call, expected = (left, right) if isinstance(left, ast.Call) else (right, left)
            case _:
                return None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.keywords:
            return None
        if call.func.id[:1].isupper():
            return None  # a class, whose instances may not be data
        args = tuple(ast.literal_eval(argument) for argument in call.args)
        value = ast.literal_eval(expected)
        encode((args, value))
        return LiteralAssert(call.func.id, args, value) if _hashed(value) <= _MOST_HASHED else None
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, UnsupportedValue):
        return None
