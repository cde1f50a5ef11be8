"""The judge's end of the channel: requests to the program, and objects that both sides know."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from typing import Any

from ..shared import (
    channel,
    python_names,
    standard_values,
    subclass_values,
    values,
)
from . import (
    data_handles,
    dialogue,
    function_stubs,
    introspection,
    object_handles,
    portable,
    program_names,
    raised_exceptions,
    streams,
)
from .findings import GONE, NOTHING, OUT_OF_MEMORY, TEST_FAULT, UNSPLIT, WRONG

_DEEPEST_BASES = 50


class Session(dialogue.Dialogue):
    """The judge's end of the channel, and the objects on each side that the other side knows."""

    def __init__(self) -> None:
        super().__init__()
        self.expected: set[str] = set()
        """Names of classes that the test uses, except for the entry point's."""
        self.compared_with_data = ""
        """The class of an object that the test has made, and compared with plain data."""
        self._inventory: dict[str, tuple[str, str]] | None = None
        self._objects: dict[int, Any] = {}
        self._stubs: dict[str, Any] = {}
        self._synthetic: dict[tuple[str, str], function_stubs.ExceptionStub] = {}
        object_handles.sessions.append(self)

    def open(self) -> None:
        """Begin a test: wait until the program is loaded, and read what it defines."""
        self.calls = 0
        self._first_call = threading.Lock()
        """Taken by the thread that asks first."""
        self.compared_with_data = ""
        if self.ended is not None and self.ended[0] in (TEST_FAULT, UNSPLIT):
            self.ended = None
        if self._inventory is not None:
            return
        try:
            self._inventory = program_names.read(channel.receive())
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
        assert self._inventory is not None
        for name in names:
            if self._inventory.get(name, ("",))[0] in ("exception", "class", "function"):
                namespace[name] = self.member(name)

    def bind_modules(self, namespace: dict[str, Any], modules: dict[str, tuple[str, ...]]) -> None:
        """Put real modules into ``namespace`` for names that the program must have imported."""
        assert self._inventory is not None
        for name, attributes in modules.items():
            kind, module = self._inventory.get(name, ("", ""))
            if kind != "module" or not python_names.is_known(module):
                continue
            with contextlib.suppress(KeyError):
                loaded = python_names.load((module, ""))
                if all(hasattr(loaded, attribute) for attribute in attributes):
                    namespace[name] = loaded

    def member(self, name: str) -> Any:
        """Return the current value of a name in the program's module."""
        assert self._inventory is not None
        kind = self._inventory.get(name, ("module",))[0]
        if kind == "module":
            raise NameError(f"name {name!r} is not defined")
        if kind == "value":
            return self.request("get", None, name)
        try:
            return self._stub(name)
        except Exception:  # our own side lists only what makes a stub
            raise self._misuse() from None

    def defines(self, name: str) -> bool:
        """Return whether the program's module had something under a name after it was loaded."""
        return self._inventory is not None and name in self._inventory

    def names(self, name: str) -> bool:
        """Return whether the test expects a class of that name."""
        return name in self.expected

    def _stub(self, name: str) -> Any:
        """Return the stand-in for an exception, a class or a function of the program's module."""
        if name not in self._stubs:
            assert self._inventory is not None
            kind, detail = self._inventory.get(name, ("", ""))
            ref = ("name", name)
            if kind == "exception":
                self._stubs[name] = Exception  # for a class that names itself among its bases
                bases = self._bases(detail)
                self._stubs[name] = function_stubs.exception_stub(self, name, bases, ref)
            elif kind == "class":
                self._stubs[name] = function_stubs.class_stub(self, name, detail, ref)
            elif kind == "function":
                self._stubs[name] = function_stubs.FunctionStub(self, ref, detail)
            else:
                raise values.BadValue("no such stub")
        return self._stubs[name]

    def _bases(self, listed: str) -> tuple[type, ...]:
        """Return exception classes by name, the program's own and Python's."""
        names = listed.split(",")[:_DEEPEST_BASES]
        bases: list[type] = []
        for name in names:
            kind, _ = self._inventory.get(name, ("", "")) if self._inventory else ("", "")
            base = self._stub(name) if kind == "exception" else channel.exception_type(name)
            if base is not None and not any(issubclass(other, base) for other in bases):
                bases = [other for other in bases if not issubclass(base, other)] + [base]
        try:
            type("", tuple(bases), {"_rltf_class": None})
        except TypeError:
            bases = bases[:1]
        return tuple(bases) or (Exception,)

    def _extend(self, thing: Any) -> bytes | subclass_values.As | None:
        if isinstance(thing, object_handles.Stub) or type(thing) is function_stubs.FunctionStub:
            return values.encode(thing._rltf_ref)
        if issubclass(type(thing), function_stubs.ClassStub | function_stubs.ExceptionStub):
            return values.encode(thing._rltf_class)
        if isinstance(type(thing), function_stubs.ExceptionStub):
            return values.encode(thing._rltf_ref)
        name = channel.builtin_name(thing)
        if name is not None:
            return values.encode(("builtin", name))
        if isinstance(thing, BaseException):
            return self._error(thing)
        if standard_values.of(type(thing)) is not None:
            return None
        return self._lent.encode(thing)

    def _error(self, error: BaseException) -> bytes:
        """Return how an exception of the test crosses: as itself, if the program may raise it."""
        described = portable.error(error)
        if portable.may_come_back(error):
            return self._lent.error(error, *described)
        return values.encode(("error", *described))

    def _resolve(self, data: bytes) -> Any:
        match values.decode(data, self._resolve):
            case ("handle", int(number), function_stubs.ClassStub() as kind):
                handle = self._object(number, lambda: function_stubs.handle(number, kind))
                object_handles.came_from_call(handle)
                return handle
            case ("class", int(number), str(name), str(operations)):
                ref = ("handle", number)
                return self._object(
                    number, lambda: function_stubs.class_stub(self, name, operations, ref)
                )
            case ("name", str(name)):
                return self._stub(name)
            case ("function", int(number), str(kind)):
                ref = ("handle", number)
                return self._object(number, lambda: function_stubs.FunctionStub(self, ref, kind))
            case ("hint", str(how), str(name), tuple(parts)):
                return introspection.hint(how, name, parts)
            case ("exception", int(number), str(name), str(bases)):
                return self._object(
                    number,
                    lambda: function_stubs.exception(self._exception_class(name, bases), number),
                )
            case ("own", int(number)):
                return self._lent.named(number)
            case ("stream", str(name)):
                return streams.standard(name)
            case ("error", str(name), tuple(args)):
                return channel.error(name, args)
            case ("raised", int(number), str(name), tuple(args), dict(attributes), *links):
                return self._object(
                    number, lambda: raised_exceptions.made(name, args, attributes, links)
                )
            case ("builtin", str(name)):
                return channel.builtin(name)
        raise values.BadValue("an unknown extension")

    def _resolve_data(self, header: bytes, value: Any) -> Any:
        """Return the stand-in of an object that is data as well."""
        match values.decode(header, self._resolve):
            case ("data", int(number), function_stubs.ClassStub() as kind) if issubclass(
                kind, data_handles.Data
            ):
                thing = self._object(number, lambda: data_handles.made(kind, number, value))
                if type(thing) is kind:
                    data_handles.renew(thing, value)
                    return thing
        raise values.BadValue("an unknown likeness")

    def _object(self, number: int, make: Callable[[], Any]) -> Any:
        if number not in self._objects:
            self._objects[number] = make()
        return self._objects[number]

    def _exception_class(self, name: str, bases: str) -> Any:
        """Return the stub of an exception class, whether the module names it or not."""
        if not bases:
            stub = self._stub(name)
            if not isinstance(stub, function_stubs.ExceptionStub):
                raise values.BadValue("no exception")
            return stub
        if (name, bases) not in self._synthetic:
            self._synthetic[name, bases] = function_stubs.exception_stub(
                self, name, self._bases(bases), ("name", name)
            )
        return self._synthetic[name, bases]
