"""Where the random draws of test code and checkers start from: a seed that no program knows.

The client makes it of a secret and the test, so that a verdict repeats. In a judge even the system's
own source of randomness is drawn from it, and with it ``secrets``, ``uuid4`` and all that seeds itself,
numpy's generators included.
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
"""The seed of ``_system``, until it is asked for something."""
_shared = random._inst
"""The generator behind ``random.random`` and its like."""
_seed = random.Random.seed
_seed_quickly = _random.Random.seed  # as ``_seed`` does it for an int, without its steps of Python


def seed(data: bytes) -> None:
    """Starts all draws anew."""
    global _pending
    _pending = int.from_bytes(data, "little")
    _seed_quickly(_shared, _pending)
    _shared.gauss_next = None  # type: ignore[attr-defined]
    numpy_random: Any = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed(list(data))


def replace_system() -> None:
    """Draws what the system is asked for from the seed; for a process in which no program runs."""
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
