"""The candidate's end of the channel: it does what the judge asks of the program.

It receives data and sends data. Objects that are not data stay here, and the judge gets a number
for each.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Iterator

from ..shared import (
    channel,
    exceptions,
    protocols,
    report,
    standard_values,
    subclass_values,
    values,
)
from . import environment_of_test, objects_of_test, streams_of_test
from .program import Program, equals_anything

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_MUTABLE = (list, dict, set, collections.deque, bytearray)
_HOLDERS = (collections.UserDict, collections.UserList, collections.ChainMap)


def serve(program: Program) -> int:
    """Load the program, answer until the judge is done, and return the exit code of the child."""
    try:
        module = program.run()
    except BaseException as error:
        program.report_exception(error)
        return 1
    server = _Server(program, module)
    try:
        channel.send(server.inventory())
        while True:
            server.handle(channel.receive())
    except (channel.Gone, channel.Misuse):
        return 0


def _inventory(module: types.ModuleType) -> dict[str, tuple[str, str, Any]]:
    """Return what the program's module defines: by name its kind, a detail, and the object."""
    definitions: dict[str, tuple[str, str, Any]] = {}
    for name, thing in list(vars(module).items()):
        if type(name) is not str or (name.startswith("__") and name.endswith("__")):
            continue
        if isinstance(thing, type) and issubclass(thing, BaseException):
            definitions[name] = ("exception", _bases(thing, vars(module)), thing)
        elif isinstance(thing, type):
            definitions[name] = ("class", subclass_values.told(thing), thing)
        elif isinstance(thing, types.ModuleType):
            definitions[name] = ("module", str(thing.__name__), thing)
        elif callable(thing):
            definitions[name] = ("function", "", thing)
        else:
            definitions[name] = ("value", "", thing)
    return definitions


def _bases(kind: type, known: dict[str, Any]) -> str:
    """Return the names of a class' bases in the module, or of the builtin classes below them."""
    names = []
    for base in kind.__bases__:
        if known.get(base.__name__) is base:
            names.append(base.__name__)
        elif base.__module__ == "builtins":
            names.append(channel.exception_name(base) if issubclass(base, BaseException) else "")
        else:
            names.append(_bases(base, known))
    return ",".join(filter(None, names))


class _Server:
    """The program's objects that the judge knows by number, and the operations on them."""

    def __init__(self, program: Program, module: types.ModuleType) -> None:
        self._program = program
        self._module = module
        self._listed = _inventory(module)
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._kinds: dict[tuple[type, bool], bytes] = {}
        self._loop: Any = None
        self._environment = environment_of_test.Environment()
        self._of_test = objects_of_test.ObjectsOfTest(self._ask_test)

    def inventory(self) -> bytes:
        """Return the first message: name, kind and detail of everything in the module."""
        listed = [(name, kind, detail) for name, (kind, detail, _) in self._listed.items()]
        return self._encode(listed)

    def _encode(self, value: Any) -> bytes:
        return values.encode(value, self._extend)

    def _extend(self, thing: Any) -> bytes | subclass_values.As | None:
        kind = type(thing)
        if kind is _Encoded:
            return bytes(thing.data)
        if standard_values.of(kind) is not None:
            return None
        number = self._of_test.number(thing)
        if number is not None:
            return values.encode(("own", number))
        name = channel.builtin_name(thing)
        if name is not None:
            return values.encode(("builtin", name))
        if isinstance(thing, type | types.FunctionType):
            name = thing.__name__
            listed_kind, _, listed = self._listed.get(name, ("", "", None))
            if listed is thing and listed_kind in ("class", "exception", "function"):
                return values.encode(("name", name))
        if isinstance(thing, type):
            return self._class(thing, subclass_values.told(thing), self._number(thing))
        if isinstance(thing, BaseException):
            return self._exception(thing)
        stream = streams_of_test.name_of(thing)
        if stream is not None:
            return values.encode(("stream", stream))
        if subclass_values.base_of(kind) is not None:
            return subclass_values.As(self._told("data", thing), subclass_values.exact(thing))
        return self._handle(thing)

    def _class(self, thing: type, description: str, number: int) -> bytes:
        return values.encode(("class", number, str(thing.__name__)[:200], description))

    def _handle(self, thing: Any) -> bytes:
        return self._told("handle", thing)

    def _told(self, how: str, thing: Any) -> bytes:
        kind = type(thing)
        is_data = how == "data"
        if (kind, is_data) not in self._kinds:
            self._kinds[kind, is_data] = self._kind(thing, is_data)
        reference = (how, self._number(thing), _Encoded(self._kinds[kind, is_data]))
        return values.encode(reference, lambda reference: reference.data)

    def _kind(self, thing: Any, is_data: bool) -> bytes:
        """Encode the class of an object that is handed out."""
        kind = type(thing)
        if not is_data and equals_anything(thing):
            report.write(
                report.EQUALS_ANYTHING, str(kind.__name__).encode("utf-8", "replace")[:200]
            )
        listed = self._listed.get(kind.__name__, ("", "", None))
        can_be_data = subclass_values.base_of(kind) is not None
        if listed[0] == "class" and listed[2] is kind and is_data == can_be_data:
            return values.encode(("name", kind.__name__))
        if is_data == can_be_data:
            return self._class(kind, subclass_values.told(kind), self._number(kind))
        # data that cannot cross becomes a handle, with a class of its own
        self._objects.append(kind)
        return self._class(kind, protocols.of(kind), len(self._objects) - 1)

    def _exception(self, error: BaseException) -> bytes:
        kind = type(error)
        if channel.exception_type(name := channel.exception_name(kind)) is kind:
            return values.encode(("error", name, error.args), self._extend)
        listed = self._listed.get(kind.__name__, ("", "", None))
        bases = "" if listed[2] is kind else _bases(kind, vars(self._module)) or "Exception"
        error.__traceback__ = None  # it would keep everything that the call has made
        return values.encode(("exception", self._number(error), kind.__name__, bases))

    def _number(self, thing: Any) -> int:
        number = self._numbers.get(id(thing))
        if number is None:
            number = self._numbers[id(thing)] = len(self._objects)
            self._objects.append(thing)
        return number

    def _decode(self, data: bytes) -> Any:
        return values.decode(data, self._resolve, rich=True)

    def _resolve(self, data: bytes) -> Any:
        match values.decode(data):
            case ("handle", int(number)):
                return self._objects[number]
            case ("name", str(name)):
                if name not in vars(self._module):
                    raise NameError(f"name {name!r} is not defined")
                return vars(self._module)[name]
            case ("builtin", str(name)):
                return channel.builtin(name)
            case ("error", str(name), tuple(args), int(number)):
                return self._of_test.keep(number, channel.error(name, args))
            case ("own", int(number), str(name), str(operations)):
                return self._of_test.resolve(number, name, operations)
            case ("function", int(number)):
                return lambda *args, **kwargs: self._call_back(number, args, kwargs)
            case ("iterator", int(number)):
                return self._iterate(number)
        raise values.BadValue("an unknown extension")

    def _call_back(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._converse(("callback", number, args, kwargs))

    def _ask_test(self, name: str, number: int, operands: tuple[Any, ...]) -> Any:
        return self._converse(("ask", name, number, operands))

    def _converse(self, message: tuple[Any, ...]) -> Any:
        """Ask the judge for something during a call, and return its answer."""
        data = self._encode(message)
        self._tell()
        channel.send(data)
        while True:
            received = channel.receive()
            match self._decode(received):
                case ("value", value):
                    return value
                case ("raised", BaseException() as error):
                    raise error
            self.handle(received)  # the test's function calls the program in turn

    def _tell(self) -> None:
        """Tell what the program wrote, warned of … before the judge hears anything else."""
        for message in self._environment.events():
            channel.send(self._encode(message))

    def handle(self, message: bytes) -> None:
        """Do what the judge wants, and reply if it waits for a reply."""
        reply = self._answer(message)
        if reply is not None:
            self._tell()
            channel.send(reply)

    def _iterate(self, number: int) -> Iterator[Any]:
        while True:
            try:
                item = self._call_back(number, (), {})
            except StopIteration:
                return
            yield item

    def _answer(self, message: bytes) -> bytes | None:
        """Return the reply to one request; ``None`` for what needs none."""
        arguments: Any = None
        try:
            request = self._decode(message)
            if request[0] in environment_of_test.PARTS:
                self._environment.take(*request)
                return None
            if request[0] == "call":
                arguments = _changeable(request[2], request[3])
            value = self._perform(request)
            try:
                return self._encode(("value", value, arguments))
            except values.UnsupportedValue:  # data that cannot cross stays here
                return self._encode(("value", _Encoded(self._handle(value)), None))
        except (channel.Gone, channel.Misuse):
            raise
        except BaseException as error:
            description = exceptions.describe(error, "test", self._program.lines)
            try:
                return self._encode(("raised", error, description, arguments))
            except (
                Exception
            ):  # it holds something that is not data, or itself, or its name cannot be encoded
                return self._encode(("raised", Exception(), description, None))

    def _perform(self, request: Any) -> Any:
        match request:
            case ("call", target, args, kwargs):
                return target(*args, **kwargs)
            case ("get", None, name):
                return vars(self._module)[name]
            case ("get", target, name):
                return getattr(target, name)
            case ("set", target, name, value):
                return setattr(target, name, value)
            case ("operate", "await" | "anext" | "aenter" | "aexit" as name, operands):
                return self._wait(name, *operands)
            case ("operate", "aiter", (thing,)):
                return aiter(thing)
            case ("operate", "data", (thing,)):
                return subclass_values.exact(thing)
            case ("operate", "load", (thing, data)):
                return subclass_values.load(thing, subclass_values.base_of(type(thing)), data)
            case ("operate", name, operands):
                return protocols.OPERATIONS[name](*operands)
        raise values.BadValue("an unknown request")

    def _wait(self, name: str, thing: Any, *error: Any) -> Any:
        """Run an awaitable to its end, in a loop that all of them share."""
        import asyncio

        async def waited() -> Any:
            match name:
                case "anext":
                    return await anext(thing)
                case "aenter":
                    return await thing.__aenter__()
                case "aexit":
                    raised = error[0] and type(error[0])
                    return await thing.__aexit__(raised, *error, None)
            return await thing

        self._loop = self._loop or asyncio.new_event_loop()
        return self._loop.run_until_complete(waited())


class _Encoded:
    """An object that is already encoded for the channel."""

    def __init__(self, data: bytes) -> None:
        self.data = data


def _changeable(args: Any, kwargs: Any) -> Any:
    """Return arguments that a call may change and that must be sent back, or ``None``."""
    return (args, kwargs) if any(map(_can_change, (*args, *kwargs.values()))) else None


def _can_change(value: Any) -> bool:
    if isinstance(value, _MUTABLE) or type(value) in _HOLDERS:
        return True
    return type(value).__name__ == "array" or (
        type(value) is tuple and any(map(_can_change, value))
    )
