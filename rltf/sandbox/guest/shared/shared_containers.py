"""Mutable containers that the judge and the candidate both hold: they stay one object for a test.

A container that crosses the channel is remembered by number on both sides for as long as both hold
it. What one side has changed crosses with its next message, so that

    items = p.items; items.append(1); assert p.total() == 1

means what it means beside the program. A container that only one side holds, such as a list that a
call has just made, is a plain copy: reference counts tell which ones those are.

A message is
    u32         number of containers that are new in it
    value       the message itself
    then, unless nothing is left to say,
    value       changes: a tuple of (number, content)
    value       numbers that the sender no longer holds
    value       which of the new containers it holds (counted from 0), or None for all

In the order in which they are written, new containers get the next numbers. In a value, a container
that the receiver knows, or that came before in the same message, is a reference to its number.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from . import container_content, values
from .tracking import Incoming, Outgoing
from .value_reader import U32, BadValue, Reader

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


class _Entry:
    """A container that both sides hold."""

    __slots__ = ("content", "thing")

    def __init__(self, thing: Any) -> None:
        self.thing = thing
        self.content = container_content.content(thing)

    def references(self) -> int:
        """Return how many references there are to the container, those of this module included."""
        return sys.getrefcount(self.thing)


_NOTHING = values.encode(())
_NONE_FORGOTTEN = _NOTHING + values.encode(None)
_NOTHING_MORE = _NOTHING + _NONE_FORGOTTEN
_UNHELD = _Entry([]).references()
"""References to a container that nobody holds but its entry."""


class SharedContainers:
    """One side's containers that the other side holds too, and the messages that keep them equal.

    Args:
        keeps_new: whether each container that this side sends stays with both sides until the
            answer. A judge keeps the arguments of a call, since whoever called may hold them.
    """

    def __init__(self, keeps_new: bool) -> None:
        self._keeps_new = keeps_new
        self._entries: dict[int, _Entry] = {}
        self._numbers: dict[int, int] = {}
        self._next = 0
        self._reading = 0

    def encode(self, box: list[Any], extension: Callable[[Any], Any]) -> bytes:
        """Encode the message in ``box``, and take it out, so that nothing here holds on to it."""
        tracker = Outgoing(extension, self._numbers, self._next)
        out = [b""]
        values.write(box[-1], out, tracker)
        box.clear()
        new = tracker.new
        if new or self._entries:
            self._end(out, tracker)
        out[0] = U32.pack(len(new))
        return b"".join(out)

    def _end(self, out: list[bytes], tracker: Outgoing) -> None:
        """Write what follows a message, and remember its containers."""
        if self._keeps_new and container_content.has_arrays():
            things = [*tracker.new, *(entry.thing for entry in self._entries.values())]
            if container_content.shares_memory(things):
                reason = "numpy array that shares memory with another one"
                raise values.UnsupportedValue(reason, things)
            del things
        out.append(self._changes(tracker))
        new, first = tracker.new, self._next
        self._next += len(new)
        for number in range(first, self._next):
            self._add(number, new[number - first])
        new[:] = [None] * len(new)
        forgotten = self._release(tracker.used, first)
        kept = None
        if new and not self._keeps_new:
            kept = tuple(at for at in range(len(new)) if first + at in self._entries)
        if forgotten or kept is not None:
            out.append(values.encode(forgotten) + values.encode(kept))
        else:
            out.append(_NONE_FORGOTTEN)

    def encode_alone(self, message: Any, extension: Callable[[Any], Any]) -> bytes:
        """Encode a message whose containers are copies."""
        out = [U32.pack(0)]
        values.write(message, out, extension)
        return b"".join(out)

    def decode(self, data: bytes, extension: Any, likeness: Any = None) -> Any:
        """Decode a message, and apply the changes that came with it."""
        (count,) = U32.unpack(data[:4]) if len(data) >= 4 else (len(data),)
        if count > len(data):
            raise BadValue("a count is too large")
        first = self._next
        self._next += count
        incoming = Incoming(self._entries, first)
        reader = Reader(data, extension, likeness, rich=True, incoming=incoming)
        reader.at = 4
        changes: Any = ()
        forgotten: Any = ()
        kept: Any = None
        self._reading += 1  # whoever builds keys and sets may have to ask about them
        try:
            message = reader.value()
            if reader.at == len(data) and count == 0:
                return message
            if reader.at + len(_NOTHING_MORE) == len(data) and data.endswith(_NOTHING_MORE):
                reader.at = len(data)
            else:
                changes, forgotten, kept = reader.value(), reader.value(), reader.value()
        finally:
            self._reading -= 1
        new = incoming.containers
        if reader.at != len(data) or len(new) != count:
            raise BadValue("bytes are left over")
        self._apply(changes)
        for number in forgotten:
            self._drop(number)
        for at in range(count) if kept is None else kept:
            self._add(first + at, new[at])
        return message

    def _changes(self, tracker: Outgoing) -> bytes:
        """Encode what has changed since the last message, and remember it as known."""
        if not self._entries:
            return _NOTHING
        changes = []
        for number, entry in list(self._entries.items()):
            content = container_content.content(entry.thing)
            if container_content.is_same(entry.content, content):
                continue
            count = len(tracker.new)
            try:
                changes.append(values.encode((number, content), tracker))
            except values.UnsupportedValue:
                if self._keeps_new:
                    raise
                tracker.rewind(count)  # the judge keeps what it has seen last
            entry.content = content
        return b"t" + U32.pack(len(changes)) + b"".join(changes)

    def _apply(self, changes: Any) -> None:
        for number, content in changes:
            entry = self._entries[number]
            try:
                container_content.load(entry.thing, content)
            except container_content.BadContent:
                raise BadValue("no content of this container") from None
        for number, _ in changes:  # once all of them are in place
            entry = self._entries[number]
            entry.content = container_content.content(entry.thing)

    def _add(self, number: int, thing: Any) -> None:
        if container_content.is_container(thing):
            self._entries[number] = _Entry(thing)
            self._numbers[id(thing)] = number

    def _drop(self, number: int) -> None:
        entry = self._entries.pop(number)
        del self._numbers[id(entry.thing)]

    def _release(self, used: set[int], first: int) -> tuple[int, ...]:
        """Drop containers that nobody on this side holds, and return the numbers of the old ones.

        A container is held if there are references to it that do not come from containers here, or
        if a container is held that holds it.
        """
        if self._reading:
            return ()
        parts: dict[int, list[int]] = {}
        inside: dict[int, int] = {}
        for number, entry in self._entries.items():
            numbers = self._parts(entry)
            if numbers:
                parts[number] = numbers
                for each in numbers:  # by the container, and by what is remembered of it
                    inside[each] = inside.get(each, 0) + 2
        held = [
            number
            for number, entry in self._entries.items()
            if number in used
            or (self._keeps_new and number >= first)
            or entry.references() > _UNHELD + inside.get(number, 0)
        ]
        if len(held) == len(self._entries):
            return ()
        reached = set(held)
        while held:
            for number in parts.get(held.pop(), ()):
                if number not in reached:
                    reached.add(number)
                    held.append(number)
        lost = [number for number in self._entries if number not in reached]
        for number in lost:
            self._drop(number)
        return tuple(number for number in lost if number < first)

    def _parts(self, entry: _Entry) -> list[int]:
        """Return the numbers of the containers that a container holds."""
        items = container_content.parts(entry.thing, entry.content)
        numbers = self._numbers
        return [numbers[each] for each in filter(numbers.__contains__, map(id, items))]
