"""Values that differ from a plain one, with which an object of the program is tried."""

from __future__ import annotations

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_UNLIKELY = 918_273_645


def unlike(value: Any) -> Iterator[Any]:
    """Yield values of the same type that differ from a plain one."""
    match value:
        case bool():
            yield not value
        case int() | float() | complex():
            yield value + 1
            yield value + _UNLIKELY
            yield -value - _UNLIKELY
        case str():
            yield ""
            yield value + "~"
            yield f"{_UNLIKELY}{value}"
        case bytes() | bytearray():
            yield value + b"~"
        case list():
            yield []
            yield [*value, _UNLIKELY]
            yield [_UNLIKELY]
        case tuple():
            yield (*value, _UNLIKELY)
            yield (_UNLIKELY,)
        case set() | frozenset():
            yield type(value)((*value, _UNLIKELY))
        case dict():
            yield {**value, _UNLIKELY: _UNLIKELY}
        case _:
            yield f"{_UNLIKELY}"
