"""The plain data that an object of the program equals by its own ``__eq__``.

The judge never shows the object what it is compared with. Instead, an object says what it equals when
it first crosses, before the test can compare it: one value, as if the program had returned that.
"""

from __future__ import annotations

import itertools
import operator
import types
from decimal import Decimal
from fractions import Fraction

from ..shared import subclass_values, values
from .program import equals_anything

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_MOST_ITEMS = 1000
_MOST_BYTES = 1 << 16
_GENERATED = "<string>"
"""The file of a dataclass's ``__eq__``, which compares with its own class only."""
_NUMBERS: tuple[Any, ...] = (int, float, complex, Decimal, Fraction)


def of(thing: Any) -> tuple[Any, ...]:
    """Return a value that an object equals, and the same in other types that it equals too.

    Nothing for an object without an ``__eq__`` of its own, or that equals anything.
    """
    compare = subclass_values.lookup(type(thing), "__eq__")
    if type(compare) is not types.FunctionType or compare.__code__.co_filename == _GENERATED:
        return ()
    if equals_anything(thing):
        return ()
    for value in _candidates(thing):
        if _equals(thing, value):
            kinds = (kind for kind in _kinds(value) if _equals(thing, kind))
            return value, *itertools.islice(kinds, len(_NUMBERS))
    return ()


def _equals(thing: Any, value: Any) -> bool:
    try:
        is_equal = bool(thing == value) and not bool(operator.ne(thing, value))
        return is_equal and len(values.encode(value)) < _MOST_BYTES
    except Exception:
        return False


def _candidates(thing: Any) -> Iterator[Any]:
    """Yield what an object is likely to equal: what it holds, lists, converts to, shows."""
    held = _attributes(thing)
    yield from held
    if len(held) > 1:
        yield tuple(held)
    if len(held) == 2 and all(type(each) in (int, float) for each in held):
        for combine in (complex, lambda a, b: a / b):
            yield from _made(combine, *held)
    if hasattr(type(thing), "__iter__") and not hasattr(type(thing), "__next__"):
        if hasattr(thing, "keys"):
            yield from _made(dict, thing)
        for items in _made(lambda: list(itertools.islice(iter(thing), _MOST_ITEMS + 1))):
            if len(items) <= _MOST_ITEMS:
                yield items
                yield from _made(set, items)
    for kind in (int, float, complex, str):
        yield from _made(kind, thing)


def _attributes(thing: Any) -> list[Any]:
    slots = [vars(kind).get("__slots__", ()) for kind in type(thing).__mro__]
    names = [each for slot in slots for each in ((slot,) if isinstance(slot, str) else slot)]
    held = [getattr(thing, name) for name in names if hasattr(thing, name)]
    return [*held, *getattr(thing, "__dict__", {}).values()]


def _made(make: Any, *args: Any) -> Iterator[Any]:
    try:
        yield make(*args)
    except Exception:
        return


def _kinds(value: Any) -> Iterator[Any]:
    """Yield a value in the other types in which Python has it too."""
    if isinstance(value, list | tuple):
        yield list(value)
        yield tuple(value)
    elif isinstance(value, set | frozenset):
        yield set(value)
        yield frozenset(value)
    elif isinstance(value, _NUMBERS):
        for kind in _NUMBERS:
            for made in _made(kind, value):
                if made == value:
                    yield made
