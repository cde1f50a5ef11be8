"""The ``node`` of a fixture ``request``: the test function that runs, as pytest describes it."""

from __future__ import annotations

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .collection import Item


class Node:
    """A test function with its marks."""

    def __init__(self, item: Item, instance: Any) -> None:
        self.originalname = item.name
        self.function = self.obj = item.function
        self.instance, self.cls = instance, item.group.kind
        self.own_markers = list(item.marks)
        self.keywords = {item.name: True} | {mark.name: mark for mark in item.marks}
        self.funcargs = dict(item.arg_values)
        if not (item.arg_values or item.params):  # pytest alone knows the ids of parameters
            self.name = item.name
            owner = "" if self.cls is None else f"{self.cls.__name__}::"
            self.nodeid = f"test.py::{owner}{item.name}"

    def iter_markers(self, name: str | None = None) -> Iterator[Any]:
        """Yield the marks of this name, or all, the nearest first."""
        return (mark for mark in self.own_markers if name in (None, mark.name))

    def get_closest_marker(self, name: str, default: Any = None) -> Any:
        """Return the nearest mark of this name."""
        return next(self.iter_markers(name), default)
