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


def separate(exchange: Callable[..., None]) -> tuple[Any, ...]:
    """Give the program its own builtins. Return module and dictionary of both sets.

    Args:
        exchange: Replaces the one set by the other in a dictionary (csrc/python/guard.c).
    """
    copied = types.ModuleType("builtins")
    ours = vars(copied)
    ours.update(TRUSTED)
    sets = builtins, TRUSTED, copied, ours
    for module in list(sys.modules.values()):
        if isinstance(module, types.ModuleType) and module is not builtins:
            exchange(vars(module), _NAMES, *sets)
    sys.modules["builtins"] = copied
    # the code of a module runs with the builtins of the function that calls exec()
    bootstrap: Any = sys.modules["_frozen_importlib"]
    call = bootstrap._call_with_frames_removed
    bootstrap._call_with_frames_removed = types.FunctionType(
        call.__code__, call.__globals__, call.__name__
    )
    return sets
