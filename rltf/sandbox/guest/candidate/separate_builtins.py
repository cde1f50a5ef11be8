"""Two sets of builtins in one process: the test's, which nothing can change, and the program's.

Functions keep the builtins that their module had when they were made. So the standard library, the
frameworks and our own code keep the first set. The program, and modules that it imports, get a copy,
and every way from an object to the first set leads to the copy (csrc/python/getters.c).
"""

from __future__ import annotations

import builtins
import sys
import types

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TRUSTED = vars(builtins)
_NAMES = ("__builtins__", "builtins", "bltns", "_builtins")
"""What modules call the builtins."""


def copied() -> tuple[Any, ...]:
    """Return module and dictionary of both sets. The program's set is not in use yet."""
    module = types.ModuleType("builtins")
    vars(module).update(TRUSTED)
    return builtins, TRUSTED, module, vars(module)


def separate(sets: tuple[Any, ...], exchange: Callable[..., None]) -> None:
    """Give the program its own builtins.

    Args:
        sets: What ``copied`` returns.
        exchange: Replaces the one set by the other in all modules (csrc/python/guard.c).
    """
    exchange(sys.modules, _NAMES, *sets)
    sys.modules["builtins"] = sets[2]
    # the code of a module runs with the builtins of the function that calls exec()
    bootstrap: Any = sys.modules["_frozen_importlib"]
    call = bootstrap._call_with_frames_removed
    bootstrap._call_with_frames_removed = types.FunctionType(
        call.__code__, call.__globals__, call.__name__
    )
