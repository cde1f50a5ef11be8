"""Comparing an object of the program with plain data, by what it has said that it equals.

See candidate/equal_data.py. What an object equals is fixed when it comes from the program. It is
asked again if the program has run since, and must still be the same: the program may have learned
what is expected. Only an object that the test has made itself may change what it equals.
"""

from __future__ import annotations

import decimal
import fractions
from typing import Any

from ..shared import values

_NUMBERS = (bool, int, float, complex, decimal.Decimal, fractions.Fraction)
_ALIKE: tuple[tuple[type, ...], ...] = (_NUMBERS, (list, tuple), (set, frozenset))


class Equal:
    """What an object of the program equals.

    Args:
        values: One value, and the same in other types.
        when: The session's count of changes when the program said so.
    """

    __slots__ = ("values", "when")

    def __init__(self, told: tuple[Any, ...], when: int) -> None:
        is_one = _is_data(told) and all(_are_one(told[0], each) for each in told)
        self.values = told if is_one else ()
        self.when = when


def compare(handle: Any, other: Any) -> bool | None:
    """Return whether an object equals plain data; ``None`` if it has said nothing of that type."""
    equal: Equal = handle._rltf_equal
    if not equal.values:
        return None
    session = handle._rltf_session
    if session.changes != equal.when:
        told = session.request("operate", "equal data", (handle,))
        now = Equal(told if type(told) is tuple else (), session.changes)
        if not handle._rltf_made and not _is_same(equal.values, now.values):
            return False
        equal = now
        object.__setattr__(handle, "_rltf_equal", equal)
    alike = [value for value in equal.values if type(value) is type(other)]
    return other in alike if alike else None


def _is_same(before: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    return bool(now) and type(before[0]) is type(now[0]) and bool(before[0] == now[0])


def _is_data(told: tuple[Any, ...]) -> bool:
    try:
        values.encode(told)
    except values.UnsupportedValue:
        return False
    return True


def _are_one(first: Any, other: Any) -> bool:
    """Return whether two values are one in two types, so that nobody can guess twice."""
    for kinds in _ALIKE:
        if type(first) in kinds and type(other) in kinds:
            return first == other if list not in kinds else list(first) == list(other)
    return type(first) is type(other) and bool(first == other)


NOTHING = Equal((), 0)
