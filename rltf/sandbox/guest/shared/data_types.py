"""Classes of data, and parts of numpy's data, that both sides have under a name.

A test may hand over ``type(x)`` or ``x.dtype`` of what the program returned. Were that refused, a
program could choose by its data how it is judged.
"""

from __future__ import annotations

import sys

from . import standard_values

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_PARTS = frozenset(
    ["_PathParents", "SafeUUID", "_ctypes", "flagsobj", "flatiter", "memoryview", "void"]
)
"""Classes of what one gets from data, and that cannot cross."""


def name_of(thing: object) -> str | None:
    """Return the name of a class of data, a dtype or ``numpy.ma.masked``; ``None`` for others."""
    kind = standard_values.of(thing) if isinstance(thing, type) else None
    if kind is not None:
        return f"type {kind.name}"
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        return None
    if isinstance(thing, type):
        is_one = _is_numpy(numpy, thing) and getattr(numpy, thing.__name__, None) is thing
        return f"numpy {thing.__name__}" if is_one else None
    if isinstance(thing, numpy.dtype) and thing.fields is None and thing.subdtype is None:
        return f"dtype {thing.str}"
    return "masked" if thing is getattr(numpy.ma, "masked", None) else None


def named(name: str) -> Any:
    """Return what has this name, as ``name_of`` gives it. Raise ``KeyError`` for another."""
    how, _, rest = name.partition(" ")
    if how == "type":
        return standard_values.type_named(rest)
    import numpy

    if how == "masked":
        return numpy.ma.masked
    if how == "dtype" and len(rest) < 20:
        try:
            made = numpy.dtype(rest)
        except TypeError:
            raise KeyError(name) from None
        if made.str == rest:
            return made
    thing = getattr(numpy, rest, None)
    if how != "numpy" or not _is_numpy(numpy, thing):
        raise KeyError(name)
    return thing


def is_part_of_data(thing: object) -> bool:
    """Return whether a test may have this from data that the program has returned."""
    kind = thing if isinstance(thing, type) else type(thing)
    numpy = sys.modules.get("numpy")
    is_of_numpy = numpy is not None and issubclass(kind, numpy.dtype | numpy.generic)
    return is_of_numpy or kind.__name__ in _PARTS or kind.__module__ == "numpy.ma.core"


def _is_numpy(numpy: Any, thing: Any) -> bool:
    bases = (numpy.generic, numpy.ndarray, numpy.dtype)
    return isinstance(thing, type) and issubclass(thing, bases)
