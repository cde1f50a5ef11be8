"""The event loop that a test shares with a program in one process.

A check of the test may be in a task or a coroutine. A program that ends the task itself, or replaces
what the loop does, keeps the check from running.
"""

from __future__ import annotations

import sys

from . import type_attributes

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_SETTERS = ("set_result", "set_exception")


def protect_tasks(lose: Callable[[str], None]) -> None:
    """Have ``Future.set_result`` note who calls it for a task, which nobody but itself may end.

    A task refuses it, but the method of its base class, called by name, ends it.
    """
    module: Any = sys.modules.get("_asyncio")
    if module is None:
        return
    attributes = type_attributes.of(module.Future)
    for name in _SETTERS:
        attributes[name] = _setter(name, attributes[name], module.Task, lose)


def _setter(name: str, original: Any, task: type, lose: Callable[[str], None]) -> Any:
    def set_once(self: Any, value: Any, /) -> None:
        if isinstance(self, task):
            lose(f"the program has called {name} of a task")
        original(self, value)

    set_once.__name__, set_once.__qualname__ = name, f"Future.{name}"
    return set_once


def look(lose: Callable[[str], None]) -> None:
    """Note whether a method of the running loop was replaced in that one loop."""
    events: Any = sys.modules.get("_asyncio")
    loop = events and events._get_running_loop()
    if loop is None:
        return
    for name, value in list(getattr(loop, "__dict__", {}).items()):
        if callable(value) and hasattr(type(loop), name):
            lose(f"the program has replaced {name} of the event loop")
