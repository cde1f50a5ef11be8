"""Kattis' default output validator, as the source of a checker.

The file is read as text and becomes part of a checker, so it imports only the standard library.
It follows ``default_validator.cc`` of Kattis' problemtools.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_PARTS = re.compile(r"[ \t\n\v\f\r]+|[^ \t\n\v\f\r]+")
_SPACES = frozenset(" \t\n\v\f\r")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEXADECIMAL = re.compile(
    r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?"
)


class Options:
    """What the flags of the validator say. Raises ``ValueError`` for unknown flags."""

    def __init__(self, flags: Sequence[str]) -> None:
        self.case_sensitive = False
        self.space_change_sensitive = False
        self.absolute = self.relative = -1.0
        words = iter(flags)
        for flag in words:
            if flag == "case_sensitive":
                self.case_sensitive = True
            elif flag == "space_change_sensitive":
                self.space_change_sensitive = True
            elif flag == "float_absolute_tolerance":
                self.absolute = _tolerance(flag, next(words, ""))
            elif flag == "float_relative_tolerance":
                self.relative = _tolerance(flag, next(words, ""))
            elif flag == "float_tolerance":
                self.absolute = self.relative = _tolerance(flag, next(words, ""))
            else:
                raise ValueError(f"the default validator has no flag {flag!r}")

    @property
    def has_tolerance(self) -> bool:
        return self.absolute >= 0 or self.relative >= 0


def is_accepted(output: str, answer: str, options: Options) -> bool:
    """Return whether the output of a program is the answer, as far as the options say."""
    theirs, right = _PARTS.findall(output), _PARTS.findall(answer)
    if not options.space_change_sensitive:
        theirs, right = (
            [part for part in parts if part[0] not in _SPACES] for parts in (theirs, right)
        )
    return len(theirs) == len(right) and all(
        _is_same(mine, its, options) for mine, its in zip(theirs, right, strict=True)
    )


def _is_same(token: str, answer: str, options: Options) -> bool:
    if answer[0] in _SPACES or token[0] in _SPACES:
        return token == answer
    expected = _number(answer) if options.has_tolerance else None
    if expected is not None:
        value = _number(token)
        if value is None:
            return False
        error = abs(expected - value)
        return error <= options.absolute or error <= options.relative * abs(expected)
    if options.case_sensitive:
        return token == answer
    return _lower(token) == _lower(answer)


def _lower(token: str) -> bytes:
    return token.encode("utf-8", "surrogatepass").lower()  # of bytes: only A to Z, as in C


def _number(token: str) -> float | None:
    if _DECIMAL.fullmatch(token):
        value = float(token)
    elif _HEXADECIMAL.fullmatch(token):
        try:
            value = float.fromhex(token)
        except OverflowError:
            return None
    else:
        return None
    return value if math.isfinite(value) else None


def _tolerance(flag: str, word: str) -> float:
    value = _number(word)
    if value is None:
        raise ValueError(f"the flag {flag} needs a number, not {word!r}")
    return value
