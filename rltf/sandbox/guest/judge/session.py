"""The judge's end of the channel: requests to the program, and objects that both sides know."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..shared import channel, protocols, python_names, report, values
from . import (
    data_handles,
    environment,
    function_stubs,
    object_handles,
    own_objects,
    portable,
    program_names,
    streams,
)
from .changed_arguments import merge
from .findings import GONE, NOTHING, OUT_OF_MEMORY, RAISED, TEST_FAULT, UNSPLIT, WRONG, Finding

_MISUSE = ("ReportError", "the program wrote on the judge's channel")
_DEEPEST_BASES = 50


def _only_reads(message: tuple[Any, ...]) -> bool:
    return message[0] == "get" or (message[0] == "operate" and message[1] in protocols.READS)


_NOTHING_ASKED = ("operate", "bool", (False,))
_NO_VALUE = (values.BadValue, ValueError, TypeError, LookupError, ArithmeticError)


class Session:
    """The judge's end of the channel, and the objects on each side that the other side knows."""

    def __init__(self) -> None:
        self.calls = 0
        self.changes = 0
        """Requests that may have changed something."""
        self.expected: set[str] = set()
        """Names of classes that the test uses, except for the entry point's."""
        self.ended: Finding | None = None
        """The finding, once it is certain."""
        self._inventory: dict[str, tuple[str, str]] | None = None
        self._objects: dict[int, Any] = {}
        self._stubs: dict[str, Any] = {}
        self._synthetic: dict[tuple[str, str], function_stubs.ExceptionStub] = {}
        self._functions: list[Callable[..., Any]] = []
        self._own = own_objects.OwnObjects()
        self.environment: environment.Environment | None = None
        """What the test has changed; ``None`` for a test that changes nothing."""

    def open(self) -> None:
        """Begin a test: wait until the program is loaded, and read what it defines."""
        self.calls = 0
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
                self._stubs[name] = function_stubs.FunctionStub(self, name)
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

    def request(self, *message: Any) -> Any:
        """Ask the candidate. Return its value, or raise what it raised."""
        if self.calls == 0:
            report.write(report.CALLED, b"")
        self._send(message)
        self.calls += 1
        self.changes += not _only_reads(message)
        return self._reply(message)

    def begin_environment(self, code: str) -> None:
        """Watch what the test changes, and hear what the program has changed while loading."""
        self.environment = environment.of(code)
        if self.environment is not None and self.environment.hears_at_once:
            self._send(_NOTHING_ASKED)
            self._reply(_NOTHING_ASKED)

    def _reply(self, message: tuple[Any, ...]) -> Any:
        """Answer what the program asks for, until it has done what the message says."""
        while True:
            match self._receive():
                case ("value", value, arguments):
                    self._update(message, arguments)
                    return value
                case ("raised", BaseException() as error, tuple(description), arguments):
                    self._update(message, arguments)
                    raise self._described(error, description, message)
                case ("callback", int(number), tuple(args), dict(kwargs)):
                    self._answer(lambda: self._functions[number](*args, **kwargs))
                case ("ask", str(name), int(number), tuple(operands)):
                    self._answer(lambda: self._own.answer(name, number, operands))
                case told if not self._hears(told):
                    raise self._misuse()

    def _update(self, message: tuple[Any, ...], arguments: Any) -> None:
        if arguments is not None and message[0] == "call":
            merge((message[2], message[3]), arguments)

    def _described(
        self, error: BaseException, description: tuple[Any, ...], request: tuple[Any, ...]
    ) -> BaseException:
        match description:
            case (str(name), str(message), *place):
                described = portable.described(name, message, place)
            case _:
                raise self._misuse()
        ends_iteration = isinstance(error, StopIteration | StopAsyncIteration)
        may_end = request[0] == "operate" and request[1] in channel.MAY_STOP
        if ends_iteration and not may_end and not self._own.has(error):
            # `all(map(check, cases))` would mistake it for the end of the cases
            error = RuntimeError(f"the program raised {described[0]}")
        error._rltf_description = described  # type: ignore[attr-defined]
        return error

    def _misuse(self) -> channel.Misuse:
        self.ended = RAISED, (*_MISUSE, None, None, None, None, "test", "")
        return channel.Misuse()

    def _send(self, message: tuple[Any, ...]) -> None:
        if self.environment is not None:
            self.environment.tell(self._post)
        self._post(message)

    def _post(self, message: tuple[Any, ...]) -> None:
        try:
            data = values.encode(message, self._extend)
        except values.UnsupportedValue as error:
            if error.value is None:  # the data is too large, perhaps because of the program
                raise
            reason = f"the test hands over a {error}, which cannot cross to the program"
            raise self.unsplit(reason) from None
        try:
            channel.send(data)
        except channel.Gone:
            self.ended = GONE, NOTHING
            raise

    def _hears(self, message: Any) -> bool:
        """Take a message that needs no answer. Return whether it was one."""
        try:
            return self.environment is not None and self.environment.hear(message)
        except _NO_VALUE:
            raise self._misuse() from None

    def end_environment(self) -> None:
        """Put back what the test has changed, on both sides."""
        if self.environment is not None:
            self.environment.reset()
            with contextlib.suppress(channel.Gone):
                self.environment.tell(self._post)
        self.environment = None

    def unsplit(self, reason: str) -> object_handles.Unsplit:
        """End the test, because it needs the program in its own process.

        The test's own code must be the reason, and never what the program returned: a program must
        not choose the process that judges it.
        """
        self.ended = UNSPLIT, ("", reason, *NOTHING[2:])
        return object_handles.Unsplit(reason)

    def _receive(self) -> Any:
        try:
            return values.decode(channel.receive(), self._resolve, self._resolve_data, rich=True)
        except channel.Gone:
            self.ended = GONE, NOTHING
            raise
        except (channel.Misuse, *_NO_VALUE):
            raise self._misuse() from None

    def _answer(self, work: Callable[[], Any]) -> None:
        """Do something that the program asks for in a call, and send what comes of it."""
        try:
            answer = ("value", work())
        except (channel.Gone, channel.Misuse, object_handles.Unsplit, MemoryError):
            raise
        except BaseException as error:
            answer = ("raised", error)
        self._send(answer)

    def _extend(self, thing: Any) -> bytes | None:
        if isinstance(thing, object_handles.Stub | function_stubs.FunctionStub):
            return values.encode(thing._rltf_ref)
        if isinstance(thing, function_stubs.ClassStub | function_stubs.ExceptionStub):
            return values.encode(thing._rltf_class)
        if isinstance(type(thing), function_stubs.ExceptionStub):
            return values.encode(thing._rltf_ref)
        name = channel.builtin_name(thing)
        if name is not None:
            return values.encode(("builtin", name))
        if isinstance(thing, BaseException):
            return values.encode(("error", *portable.error(thing), self._own.number(thing)))
        own = self._own.reference(thing)
        if own is not None:
            return values.encode(own)
        if isinstance(thing, Iterator):
            self._functions.append(thing.__next__)
            return values.encode(("iterator", len(self._functions) - 1))
        if isinstance(thing, types.FunctionType | types.MethodType) or portable.is_tool(thing):
            self._functions.append(thing)
            return values.encode(("function", len(self._functions) - 1))
        return None

    def _resolve(self, data: bytes) -> Any:
        match values.decode(data, self._resolve):
            case ("handle", int(number), function_stubs.ClassStub() as kind):
                return self._object(number, lambda: function_stubs.handle(number, kind))
            case ("class", int(number), str(name), str(operations)):
                ref = ("handle", number)
                return self._object(
                    number, lambda: function_stubs.class_stub(self, name, operations, ref)
                )
            case ("name", str(name)):
                return self._stub(name)
            case ("exception", int(number), str(name), str(bases)):
                return self._object(
                    number,
                    lambda: function_stubs.exception(self._exception_class(name, bases), number),
                )
            case ("error", str(name), tuple(args)):
                return channel.error(name, args)
            case ("builtin", str(name)):
                return channel.builtin(name)
            case ("own", int(number)):
                return self._own.get(number)
            case ("stream", str(name)):
                return streams.standard(name)
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
