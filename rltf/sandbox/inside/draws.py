"""Where the random draws of test code and checkers start from: a seed that no program knows.

The client makes it of a secret and the test, so that a verdict repeats. In a judge even the system's
own source of randomness is drawn from it, and with it ``secrets``, ``uuid4`` and all that seeds itself,
numpy's generators included.
"""

from __future__ import annotations

import os
import random
import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

SEED_BYTES = 16

_source = random.Random(0)
_seed = random.Random.seed


def seed(data: bytes) -> None:
    """Starts all draws anew."""
    number = int.from_bytes(data, "little")
    _source.seed(number)
    random.seed(number)
    numpy_random: Any = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed(list(data))


def replace_system() -> None:
    """Draws what the system is asked for from the seed; for a process in which no program runs."""
    os.urandom = random._urandom = _urandom  # type: ignore[attr-defined]
    random.Random.seed = _seed_anew  # type: ignore[method-assign]
    random.seed = random._inst.seed


def _urandom(size: int, /) -> bytes:
    return _source.randbytes(size)


def _seed_anew(self: random.Random, a: Any = None, version: int = 2) -> None:
    _seed(self, _urandom(32) if a is None else a, version)
