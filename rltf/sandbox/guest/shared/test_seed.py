"""The seed of all random draws in test code and checkers, which no program knows.

The client derives it from a secret and the test, so that a verdict repeats. In a judge even the
system's own source of randomness is seeded with it, and so are ``secrets``, ``uuid4`` and
everything that seeds itself, numpy's generators included.
"""

from __future__ import annotations

import _random
import os
import random
import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_system = random.Random(0)
_pending: int | None = None
"""The seed that ``_system`` gets when it is first asked for something."""
_shared = random._inst
"""The generator behind ``random.random`` and its like."""
_seed = random.Random.seed
_seed_quickly = _random.Random.seed  # the same as ``_seed`` for an int, but without its Python code


def seed(data: bytes) -> None:
    """Seed all random draws."""
    global _pending
    _pending = int.from_bytes(data, "little")
    _seed_quickly(_shared, _pending)
    _shared.gauss_next = None  # type: ignore[attr-defined]
    numpy_random: Any = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed(list(data))


def replace_system() -> None:
    """Seed the system's randomness too. Only for a process in which no program runs."""
    os.urandom = random._urandom = _urandom  # type: ignore[attr-defined]
    random.Random.seed = _seed_anew  # type: ignore[method-assign]
    random.seed = _shared.seed


def _urandom(size: int, /) -> bytes:
    global _pending
    if _pending is not None:
        _seed(_system, _pending)
        _pending = None
    return _system.randbytes(size)


def _seed_anew(self: random.Random, a: Any = None, version: int = 2) -> None:
    _seed(self, _urandom(32) if a is None else a, version)
