"""The judge's end of the channel: a session with a candidate, for the tests of one program."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from typing import Any

from ..shared import channel, folder, python_names, values
from . import dialogue, object_handles, program_names
from .findings import GONE, NOTHING, OUT_OF_MEMORY, TEST_FAULT, UNSPLIT, WRONG


class Session(dialogue.Dialogue):
    """What test code and stand-ins know of the program."""

    def __init__(self) -> None:
        super().__init__()
        self.expected: set[str] = set()
        """Names of classes that the test uses, except for the entry point's."""
        self.compared_with_data = ""
        """The class of an object that the test has made, and compared with plain data."""
        object_handles.sessions[:] = [self]

    def open(self) -> None:
        """Begin a test: wait until the program is loaded, and read what it defines."""
        self.calls = 0
        self.takes_part = False
        self._first_call = threading.Lock()
        self.compared_with_data = ""
        if self.ended is not None and self.ended[0] in (TEST_FAULT, UNSPLIT):
            self.ended = None
        if self.inventory is None:
            self._read_inventory()
        if folder.has_heard:
            self.note_program()

    def _read_inventory(self) -> None:
        try:
            self.inventory = program_names.read(channel.receive())
        except channel.Gone:
            self.ended = GONE, NOTHING
            raise
        except MemoryError:
            self.ended = WRONG, OUT_OF_MEMORY
            raise
        except (channel.Misuse, values.BadValue):
            raise self._misuse() from None

    def bind(self, namespace: dict[str, Any], names: Iterable[str]) -> None:
        """Put stubs into ``namespace`` for those of the names that the program defines."""
        assert self.inventory is not None
        for name in names:
            if self.inventory.get(name, ("",))[0] in ("exception", "class", "function"):
                namespace[name] = self.member(name)

    def bind_modules(self, namespace: dict[str, Any], modules: dict[str, tuple[str, ...]]) -> None:
        """Put real modules into ``namespace`` for names that the program must have imported."""
        assert self.inventory is not None
        for name, attributes in modules.items():
            kind, module = self.inventory.get(name, ("", ""))
            if kind != "module" or not python_names.is_known(module):
                continue
            with contextlib.suppress(KeyError):
                loaded = python_names.load((module, ""))
                if all(hasattr(loaded, attribute) for attribute in attributes):
                    namespace[name] = loaded

    def member(self, name: str) -> Any:
        """Return the current value of a name in the program's module."""
        assert self.inventory is not None
        kind = self.inventory.get(name, ("module",))[0]
        if kind == "module":
            raise NameError(f"name {name!r} is not defined")
        if kind == "value":
            return self.request("get", None, name)
        try:
            return self.stub(name)
        except Exception:  # our own side lists only what makes a stub
            raise self._misuse() from None

    def defines(self, name: str) -> bool:
        """Return whether the program's module had something under a name after it was loaded."""
        return self.inventory is not None and name in self.inventory

    def names(self, name: str) -> bool:
        """Return whether the test expects a class of that name."""
        return name in self.expected
