"""Apply the changes that a call made to its arguments.

A call works on copies, in the program's process. What it made of them comes back with its result.
"""

from __future__ import annotations

import collections
from typing import Any


def merge(old: Any, new: Any) -> Any:
    """Return ``old`` with the content of ``new``. Mutable parts stay the same objects."""
    if old is new or type(old) is not type(new):
        return new
    if type(old) is tuple and len(old) == len(new):
        merged = [merge(a, b) for a, b in zip(old, new, strict=True)]
        return old if all(a is b for a, b in zip(old, merged, strict=True)) else tuple(merged)
    if isinstance(old, list | collections.deque):
        items = [merge(a, b) for a, b in zip(old, new, strict=False)]
        items += list(new)[len(items) :]
        old.clear()
        old.extend(items)
    elif isinstance(old, dict):
        changed = {key: merge(old[key], item) if key in old else item for key, item in new.items()}
        old.clear()
        old.update(changed)
    elif isinstance(old, set):
        old.clear()
        old.update(new)
    elif isinstance(old, bytearray) or type(old).__name__ == "array":
        old[:] = new
    elif isinstance(old, collections.UserDict | collections.UserList):
        old.data = merge(old.data, new.data)
    elif isinstance(old, collections.ChainMap):
        old.maps = merge(old.maps, new.maps)
    else:
        return new
    return old
