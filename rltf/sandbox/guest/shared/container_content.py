"""What a mutable container holds: read to see whether it has changed, and written over in place.

Content is a tuple (of items, or keys and values in turn), or bytes for what holds numbers. Items
are compared by identity, so nothing here calls a method of an item.
"""

from __future__ import annotations

import collections
import itertools
import math
import operator
import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_SEQUENCES = (list, collections.deque)
_DICTS = (dict, collections.Counter, collections.OrderedDict, collections.defaultdict)
_HOLDERS = (collections.UserDict, collections.UserList)
_MOST_ARRAYS = 50
"""Arrays that are compared with each other."""
_KEPT = frozenset({int, float, complex, str, bytes, bool, type(None)})


class BadContent(Exception):
    """It is no content of this container."""


class Resized(Exception):
    """The program has resized an array that the test holds, and may have views of."""


def is_container(thing: object) -> bool:
    """Return whether it is a mutable container that crosses as data."""
    kind = type(thing)
    return kind in _KINDS or _is_array(kind)


def _is_array(kind: type) -> bool:
    return (
        getattr(sys.modules.get("numpy"), "ndarray", None) is kind
        or getattr(sys.modules.get("array"), "array", None) is kind
    )


def has_arrays() -> bool:
    """Return whether there may be numpy arrays at all."""
    return "numpy" in sys.modules


def sharing_memory(things: list[Any]) -> list[Any]:
    """Return two numpy arrays among them that are parts of one memory; nothing if there are none."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return []
    arrays = [thing for thing in things if type(thing) is numpy.ndarray]
    for one, other in itertools.combinations(arrays[:_MOST_ARRAYS], 2):
        if numpy.may_share_memory(one, other):
            return [one, other]
    return []


def owners(things: list[Any]) -> dict[int, int]:
    """Return where the numpy arrays are, and their memory, that own what numpy arrays show."""
    numpy: Any = sys.modules["numpy"]
    found = {}
    for thing in things:
        if isinstance(thing, numpy.ndarray):
            while isinstance(thing.base, numpy.ndarray):
                thing = thing.base
            found[id(thing)] = thing.ctypes.data
    return found


def content(thing: Any) -> Any:
    """Return what a container holds."""
    kind = type(thing)
    if kind is list or kind is set or kind is collections.deque:
        return tuple(thing)
    if kind in _DICTS:
        return tuple(itertools.chain.from_iterable(thing.items()))
    if kind is bytearray:
        return bytes(thing)
    if kind in _HOLDERS:
        return (vars(thing).get("data"),)
    if kind is collections.ChainMap:
        return (thing.maps,)
    if not hasattr(thing, "dtype"):
        return (thing.typecode, thing.tobytes())
    if thing.dtype.hasobject:
        return tuple(thing.ravel().tolist())
    return (thing.dtype.str, thing.shape, thing.tobytes())


def is_same(old: Any, new: Any) -> bool:
    """Return whether two contents of one container are the same."""
    if type(new) is bytes:
        return bool(old == new)
    if type(old) is not tuple or len(old) != len(new):
        return False
    if all(map(operator.is_, old, new)):
        return True
    # of an array: each content is made of new texts and bytes
    if len(new) in (2, 3) and type(new[-1]) is bytes and type(new[0]) is str:
        return bool(old == new)
    return False


def parts(thing: Any, held: Any) -> tuple[Any, ...]:
    """Return the items of a container's content that may be containers themselves."""
    if type(held) is bytes or (held and type(held[-1]) is bytes and _is_array(type(thing))):
        return ()
    return held  # type: ignore[no-any-return]


def load(thing: Any, given: Any, may_free: bool) -> None:
    """Replace what a container holds. Items that stay the same remain the same objects.

    Args:
        may_free: whether the memory of an array may be freed; there may be views of it.
    """
    kind = type(thing)
    if type(given) is not (bytes if kind is bytearray else tuple):
        raise BadContent
    new: Any = given
    if kind in _SEQUENCES:
        old = [*thing, *itertools.repeat(None, len(new) - len(thing))]
        items = list(map(_kept, old, new))
        if kind is list:
            thing[:] = items
        else:
            thing.clear()
            thing.extend(items)
    elif kind is set:
        thing.clear()
        thing.update(new)
    elif kind in _DICTS:
        _load_dict(thing, new)
    elif kind is bytearray:
        _overwrite(thing, new)
    elif kind in _HOLDERS:
        _checked(new, 1)
        if type(new[0]) is not type(vars(thing).get("data")):
            raise BadContent
        thing.data = new[0]
    elif kind is collections.ChainMap:
        _checked(new, 1)
        if type(new[0]) is not list:
            raise BadContent
        thing.maps = new[0]
    else:
        _load_numbers(thing, new, may_free)


def _kept(old: Any, new: Any) -> Any:
    """Return the old item if the new one is only a copy of it."""
    if type(old) is not type(new) or old is new:
        return new
    if type(old) is tuple and len(old) == len(new):
        merged = list(map(_kept, old, new))
        return old if all(map(operator.is_, old, merged)) else tuple(merged)
    return old if type(old) in _KEPT and old == new else new


def _load_dict(thing: Any, new: tuple[Any, ...]) -> None:
    if len(new) % 2:
        raise BadContent
    old = dict(dict.items(thing))
    dict.clear(thing) if type(thing) is not collections.OrderedDict else thing.clear()
    kind: Any = type(thing)
    for key, item in zip(new[::2], new[1::2], strict=True):
        kind.__setitem__(thing, key, _kept(old.get(key), item))


def _checked(new: tuple[Any, ...], count: int) -> None:
    if len(new) != count:
        raise BadContent


def _load_numbers(thing: Any, new: tuple[Any, ...], may_free: bool) -> None:
    """Write over an array, of numpy or of the standard library."""
    if not hasattr(thing, "dtype"):
        _checked(new, 2)
        if new[0] != thing.typecode or type(new[1]) is not bytes:
            raise BadContent
        made = type(thing)(thing.typecode)
        made.frombytes(new[1])
        _overwrite(thing, made)
        return
    if thing.dtype.hasobject:
        _checked(new, thing.size)
        for at, item in enumerate(new):
            thing.flat[at] = item
        return
    _checked(new, 3)
    dtype, shape, numbers = new
    if dtype != thing.dtype.str or type(shape) is not tuple:
        raise BadContent
    if shape != thing.shape:
        is_shape = all(type(length) is int and length >= 0 for length in shape)
        if not is_shape:
            raise BadContent
        if not may_free and math.prod(shape) != thing.size:
            raise Resized
        thing.resize(shape, refcheck=False)
    thing[...] = sys.modules["numpy"].frombuffer(numbers, thing.dtype).reshape(shape)


def _overwrite(thing: Any, new: Any) -> None:
    try:
        thing[:] = new
    except BufferError:  # it is of another length, and somebody has a view of it
        raise BadContent from None


_KINDS = frozenset(
    {*_SEQUENCES, *_DICTS, *_HOLDERS, set, bytearray, collections.ChainMap},
)
