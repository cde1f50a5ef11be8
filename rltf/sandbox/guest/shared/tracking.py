"""Containers on their way: which of them a message names by number, in either direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


class Outgoing:
    """The extension of a message that is written: it numbers the mutable containers in it."""

    __slots__ = ("_extension", "_known", "_next", "_numbers", "new", "used")

    def __init__(
        self, extension: Callable[[Any], Any], numbers: Mapping[int, int], first: int
    ) -> None:
        self._extension = extension
        self._known = numbers
        self._next = first
        self._numbers: dict[int, int] = {}
        self.new: list[Any] = []
        """The containers that the receiver does not know, in the order of their numbers."""
        self.used: set[int] = set()
        """The numbers of those that it knows and that the message names."""

    def __call__(self, thing: Any) -> Any:
        return self._extension(thing)

    def number(self, thing: Any) -> int | None:
        """Return the number of a container if the receiver knows it, otherwise number it."""
        known = self._known.get(id(thing))
        if known is not None:
            self.used.add(known)
            return known
        known = self._numbers.get(id(thing))
        if known is None:
            self._numbers[id(thing)] = self._next + len(self.new)
            self.new.append(thing)
        return known

    def rewind(self, count: int) -> None:
        """Forget all but the first ``count`` of the new containers."""
        for thing in self.new[count:]:
            del self._numbers[id(thing)]
        del self.new[count:]


class Incoming:
    """The containers of a message that is read."""

    __slots__ = ("_entries", "_first", "containers")

    def __init__(self, entries: Mapping[int, Any], first: int) -> None:
        self._entries = entries
        self._first = first
        self.containers: list[Any] = []

    def of(self, number: int) -> Any:
        """Return the container of that number. Raise ``LookupError`` if there is none."""
        at = number - self._first
        if at >= 0:
            thing = self.containers[at]
            if thing is None:
                raise LookupError("a container inside itself")
            return thing
        return self._entries[number].thing
