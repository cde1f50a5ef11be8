"""The objects on each side that the other side knows, and how they cross to the program and back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..shared import channel, standard_values, subclass_values, values
from . import (
    data_handles,
    equal_data,
    function_stubs,
    introspection,
    object_handles,
    portable,
    raised_exceptions,
    streams,
)
from .lent_objects import LentObjects

_DEEPEST_BASES = 50
_reference = functools.lru_cache(maxsize=256)(values.encode)
"""Encodes what the program's side calls an object: a short tuple, and often the same."""


class KnownObjects:
    """The program's objects that the judge has stand-ins for, and the test's that it has lent."""

    def __init__(self) -> None:
        self.inventory: dict[str, tuple[str, str]] | None = None
        """What the program's module defines: kind and detail by name."""
        self.lent = LentObjects(self.extend)
        self._session: Any = self
        """What stand-ins send their requests through: the session that this is a part of."""
        self._objects: dict[int, Any] = {}
        self._stubs: dict[str, Any] = {}
        self._synthetic: dict[tuple[str, str], function_stubs.ExceptionStub] = {}

    def stub(self, name: str) -> Any:
        """Return the stand-in for an exception, a class or a function of the program's module."""
        if name not in self._stubs:
            assert self.inventory is not None
            kind, detail = self.inventory.get(name, ("", ""))
            ref = ("name", name)
            if kind == "exception":
                self._stubs[name] = Exception  # for a class that names itself among its bases
                bases = self._bases(detail)
                self._stubs[name] = function_stubs.exception_stub(self._session, name, bases, ref)
            elif kind == "class":
                self._stubs[name] = function_stubs.class_stub(self._session, name, detail, ref)
            elif kind == "function":
                self._stubs[name] = function_stubs.FunctionStub(self._session, ref, detail)
            else:
                raise values.BadValue("no such stub")
        return self._stubs[name]

    def _bases(self, listed: str) -> tuple[type, ...]:
        """Return exception classes by name, the program's own and Python's."""
        names = listed.split(",")[:_DEEPEST_BASES]
        bases: list[type] = []
        for name in names:
            kind, _ = self.inventory.get(name, ("", "")) if self.inventory else ("", "")
            base = self.stub(name) if kind == "exception" else channel.exception_type(name)
            if base is not None and not any(issubclass(other, base) for other in bases):
                bases = [other for other in bases if not issubclass(base, other)] + [base]
        try:
            type("", tuple(bases), {"_rltf_class": None})
        except TypeError:
            bases = bases[:1]
        return tuple(bases) or (Exception,)

    def extend(self, thing: Any) -> bytes | subclass_values.As | None:
        """Return how an object crosses to the program; ``None`` for data and what cannot."""
        if type(thing) is function_stubs.FunctionStub or isinstance(thing, object_handles.Stub):
            return _reference(thing._rltf_ref)
        if issubclass(type(thing), function_stubs.ClassStub | function_stubs.ExceptionStub):
            return _reference(thing._rltf_class)
        if isinstance(type(thing), function_stubs.ExceptionStub):
            return values.encode(thing._rltf_ref)
        name = channel.builtin_name(thing)
        if name is not None:
            return values.encode(("builtin", name))
        if isinstance(thing, BaseException):
            return self._error(thing)
        if standard_values.of(type(thing)) is not None:
            return None
        return self.lent.encode(thing)

    def _error(self, error: BaseException) -> bytes:
        """Return how an exception of the test crosses: as itself, if the program may raise it."""
        described = portable.error(error)
        if portable.may_come_back(error):
            return self.lent.error(error, *described)
        return values.encode(("error", *described))

    def resolve(self, data: bytes) -> Any:
        """Return what an extension of the channel describes."""
        match values.decode(data, self.resolve):
            case ("handle", int(number), function_stubs.ClassStub() as made_of, *equal):
                made = self._object(number, lambda: self._handle(number, made_of, equal))
                object_handles.came_from_call(made)
                return made
            case ("class", int(number), str(name), str(operations)):
                ref = ("handle", number)
                return self._object(
                    number, lambda: function_stubs.class_stub(self._session, name, operations, ref)
                )
            case ("name", str(name)):
                return self.stub(name)
            case ("function", int(number), str(kind)):
                ref = ("handle", number)
                return self._object(
                    number, lambda: function_stubs.FunctionStub(self._session, ref, kind)
                )
            case ("hint", str(how), str(name), tuple(parts)):
                return introspection.hint(how, name, parts)
            case ("exception", int(number), str(name), str(bases)):
                return self._object(
                    number,
                    lambda: function_stubs.exception(self._exception_class(name, bases), number),
                )
            case ("own", int(number)):
                return self.lent.named(number)
            case ("own error", int(number), dict(attributes)):
                return self.lent.changed_error(number, attributes)
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

    def resolve_data(self, header: bytes, value: Any) -> Any:
        """Return the stand-in of an object that is data as well."""
        match values.decode(header, self.resolve):
            case ("data", int(number), function_stubs.ClassStub() as kind) if issubclass(
                kind, data_handles.Data
            ):
                thing = self._object(number, lambda: data_handles.made(kind, number, value))
                if type(thing) is kind:
                    data_handles.renew(thing, value)
                    return thing
        raise values.BadValue("an unknown likeness")

    def _handle(self, number: int, kind: Any, equal: list[Any]) -> object_handles.Handle:
        made = function_stubs.handle(number, kind)
        if equal:
            told = equal_data.Equal(tuple(equal), self._session.changes)
            object.__setattr__(made, "_rltf_equal", told)
        return made

    def _object(self, number: int, make: Callable[[], Any]) -> Any:
        if number not in self._objects:
            self._objects[number] = make()
        return self._objects[number]

    def _exception_class(self, name: str, bases: str) -> Any:
        """Return the stub of an exception class, whether the module names it or not."""
        if not bases:
            stub = self.stub(name)
            if not isinstance(stub, function_stubs.ExceptionStub):
                raise values.BadValue("no exception")
            return stub
        if (name, bases) not in self._synthetic:
            self._synthetic[name, bases] = function_stubs.exception_stub(
                self._session, name, self._bases(bases), ("name", name)
            )
        return self._synthetic[name, bases]
