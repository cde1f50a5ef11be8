"""The interpreter's heap without holes.

A child pays for each page that it writes to with a copy. CPython puts a small object into a hole
that an older one has left, anywhere in the heap. So each of a program's first objects costs a page,
and another page for the header of the pool that has the hole. Once no pool has a hole, new objects
lie side by side in new pools.
"""

from __future__ import annotations

_POOL = 1 << 14
"""Bytes that CPython cuts into blocks of one size, from 3.10 on."""
_HEADER = 48
"""Bytes before the first block of a pool."""
_LARGEST, _STEP = 512, 16
_BYTES = 33
"""Size of a ``bytes`` object without its content."""
_MOST_POOLS = 4
"""More pools than ever have holes of one size; a bound in case pools look different."""
_CONSECUTIVE_BLOCKS = 3
"""So many blocks in order at the start of a pool mean a new pool: holes hardly ever look so."""
_filling: list[object] = []


def fill() -> None:
    """Fill the holes for good, with objects that nobody uses."""
    for size in range(_STEP, _LARGEST + 1, _STEP):
        fresh: list[object] = []  # the first blocks of a pool, one after the other
        for number in range(_MOST_POOLS * _POOL // size):
            thing = _object_of(size, number)
            if id(thing) % _POOL != _HEADER + len(fresh) * size:
                _filling.extend(fresh)
                fresh.clear()
            if fresh or id(thing) % _POOL == _HEADER:
                fresh.append(thing)
            else:
                _filling.append(thing)
            if len(fresh) == _CONSECUTIVE_BLOCKS:
                break  # a pool that has no other block, and is new again without these
        del thing


def _object_of(size: int, number: int) -> object:
    if size == 16:
        return object()
    return number + (1 << 40) if size == 32 else bytes(size - _BYTES)
