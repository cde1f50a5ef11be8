"""The candidate's end of the channel: it does what the judge asks of the program.

It receives data and sends data. Objects that are not data stay here, and the judge gets a number
for each.
"""

from __future__ import annotations

import _thread
import types
from collections.abc import Callable
from functools import partial

from ..shared import (
    channel,
    conversations,
    exceptions,
    protocols,
    report,
    standard_values,
    subclass_values,
    values,
)
from ..shared.shared_containers import SharedContainers
from . import (
    environment_of_test,
    equal_data,
    inventory,
    loop_of_test,
    self_description,
    streams_of_test,
)
from .borrowed_objects import BorrowedObjects
from .program import Program, equals_anything

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


def prepare() -> None:
    """Make a server, for a child that is forked later."""
    _ready.append(_Server())


def serve(program: Program) -> int:
    """Load the program, answer until the judge is done, and return the exit code of the child."""
    try:
        module = program.run()
    except BaseException as error:
        program.report_exception(error)
        return 1
    server = _ready.pop()
    try:
        server.begin(program, module)
        while True:
            server.answer()
    except (channel.Gone, channel.Misuse):
        return 0


_MOST_LINKS = 20
"""Exceptions in a chain of causes that the judge is told of."""


class _Server:
    """The program's objects that the judge knows by number, and the operations on them."""

    def __init__(self) -> None:
        self._objects: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self._kinds: dict[tuple[type, bool], bytes] = {}
        self._paths: dict[bytes, str] = {}
        """Names of the module that the judge has used, by how they are written."""
        self._containers = SharedContainers(keeps_new=False)
        self._borrowed = BorrowedObjects(self._ask)
        self._alone = loop_of_test.LoopOfProgram()
        self._environment = environment_of_test.Environment(lambda: self._line.flush())
        self._line = conversations.Line(
            self._encode,
            self._decode,
            self._news,
            self._environment.take,
            self._serve_thread,
            first=2,
        )
        self._raised: BaseException | None = None
        """The exception that is being reported."""
        self._links = 0
        """Number of exceptions that have led to the one that is being encoded."""

    def begin(self, program: Program, module: types.ModuleType) -> None:
        """Send the first message: name, kind and detail of everything in the module."""
        self._program, self._module = program, module
        self._printed = streams_of_test.printed()
        self._listed = inventory.of(module)
        listed = [(name, kind, detail) for name, (kind, detail, _) in self._listed.items()]
        channel.send(values.encode(listed))

    def _encode(self, box: list[Any]) -> bytes:
        return self._containers.encode(box, self._extend)

    def _news(self) -> list[bytes]:
        """Return what the program wrote, warned of … since the last message."""
        events = self._environment.events()
        return [self._containers.encode_alone(event, self._extend) for event in events]

    def _extend(self, thing: Any) -> bytes | subclass_values.As | None:
        kind = type(thing)
        if kind is _Encoded:
            return bytes(thing.data)
        number = self._borrowed.number(thing)
        if number is not None:
            changed = self._borrowed.set_on(thing)
            own = ("own error", number, changed) if changed else ("own", number)
            return values.encode(own, self._extend)
        if standard_values.of(kind) is not None:
            return None
        name = channel.builtin_name(thing)
        if name is not None:
            return values.encode(("builtin", name))
        if isinstance(thing, type | types.FunctionType):
            name = thing.__name__
            listed_kind, _, listed = self._listed.get(name, ("", "", None))
            if listed is thing and listed_kind in ("class", "exception", "function"):
                return values.encode(("name", name))
        if isinstance(thing, types.FunctionType | types.MethodType):
            kind_of = self_description.kind_of(thing)
            return values.encode(("function", self._number(thing), kind_of))
        if kind is self_description.Hint:
            return bytes(thing.encode(self._extend))
        if isinstance(thing, type):
            return self._class(thing, self_description.of_class(thing), self._number(thing))
        if isinstance(thing, BaseException):
            return self._exception(thing)
        stream = streams_of_test.name_of(thing)
        if stream is not None:
            return values.encode(("stream", stream))
        if subclass_values.base_of(kind) is not None:
            return subclass_values.As(self._told("data", thing), subclass_values.exact(thing))
        return self._handle_of(thing)

    def _class(self, thing: type, description: str, number: int) -> bytes:
        return values.encode(("class", number, str(thing.__name__)[:200], description))

    def _handle_of(self, thing: Any) -> bytes:
        return self._told("handle", thing)

    def _told(self, how: str, thing: Any) -> bytes:
        kind = type(thing)
        is_data = how == "data"
        if (kind, is_data) not in self._kinds:
            self._kinds[kind, is_data] = self._kind(thing, is_data)
        known = len(self._objects)
        number = self._number(thing)
        reference: Any = (how, number, _Encoded(self._kinds[kind, is_data]))
        if number == known and how == "handle":
            reference += equal_data.of(thing)
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
            return self._class(kind, self_description.of_class(kind), self._number(kind))
        # data that cannot cross becomes a handle, with a class of its own
        self._objects.append(kind)
        return self._class(kind, protocols.of(kind), len(self._objects) - 1)

    def _exception(self, error: BaseException) -> bytes:
        kind = type(error)
        if channel.exception_type(name := channel.exception_name(kind)) is kind:
            return self._error(error, name)
        listed = self._listed.get(kind.__name__, ("", "", None))
        bases = (
            "" if listed[2] is kind else inventory.bases(kind, vars(self._module)) or "Exception"
        )
        error.__traceback__ = None  # it would keep everything that the call has made
        return values.encode(("exception", self._number(error), kind.__name__, bases))

    def _error(self, error: BaseException, name: str) -> bytes:
        """Encode an exception of Python's, with its attributes and causes if it has any."""
        args = error.__reduce__()[1] if isinstance(error, OSError) else error.args
        attributes = {name: each for name, each in vars(error).items() if type(name) is str}
        links = (error.__cause__, error.__context__, error.__suppress_context__)
        if self._links >= _MOST_LINKS:
            links = (None, None, False)
        if error is self._raised and not attributes and links == (None, None, False):
            return values.encode(("error", name, args), self._extend)
        error.__traceback__ = None
        self._links += 1
        try:
            described = ("raised", self._number(error), name, args, attributes, *links)
            return values.encode(described, self._extend)
        finally:
            self._links -= 1

    def _number(self, thing: Any) -> int:
        # a method is made anew each time it is looked up
        key: Any = id(thing)
        if type(thing) is types.MethodType:
            key = id(thing.__self__), id(thing.__func__)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._objects)
            self._objects.append(thing)
        return number

    def _decode(self, data: bytes) -> Any:
        return self._containers.decode(data, self._resolve, self._resolve_data)

    def _resolve_data(self, header: bytes, data: Any) -> Any:
        return self._borrowed.resolve_data(values.decode(header, self._resolve), data)

    def _resolve(self, data: bytes) -> Any:
        if data in self._paths:
            return self._named(self._paths[data])
        described = values.decode(data, self._resolve)
        match described:
            case ("handle", int(number)):
                return self._objects[number]
            case ("name", str(name)):
                self._paths[data] = name
                return self._named(name)
            case ("builtin", str(name)):
                return channel.builtin(name)
            case ("error", str(name), tuple(args)):
                return channel.error(name, args)
        return self._borrowed.resolve(described)

    def _named(self, name: str) -> Any:
        if name not in vars(self._module):
            raise NameError(f"name {name!r} is not defined")
        return vars(self._module)[name]

    def _ask(self, *message: Any) -> Any:
        """Ask about an object of the test. Return the answer, or raise what was raised."""
        self._line.post([("ask", *message)])
        while True:
            received = self._line.receive()
            match received:
                case ("value", value):
                    return value
                case ("raised", BaseException() as error):
                    raise error
            # the test's function calls the program in turn
            self._reply(partial(self._perform, received))
            received = None

    def _serve_thread(self) -> None:
        """Answer what a thread of the test asks, until it ends."""
        while True:
            self.answer()

    def answer(self) -> None:
        """Answer one request."""
        self._reply(self._perform_next)

    def _perform_next(self) -> Any:
        return self._perform(self._line.receive())

    def _reply(self, perform: Callable[[], Any]) -> None:
        """Send what a request has come to."""
        try:
            box = [("value", perform())]
            if _thread._count() and not self._line.is_shared:
                self._line.share()  # a thread of the program may call the test at any time
            try:
                self._line.post(box)
            except values.UnsupportedValue:  # data that cannot cross stays here
                self._line.post([("value", _Encoded(self._handle_of(box[0][1])))])
        except (channel.Gone, channel.Misuse, conversations.Ended):
            raise
        except BaseException as error:
            description = exceptions.describe(error, "test", self._program.lines)
            self._raised = error
            try:
                self._line.post([("raised", error, description)])
            except Exception:  # it holds what is no data, or itself, or its name cannot be encoded
                self._line.post([("raised", Exception(), description)])
            finally:
                self._raised = None

    def _perform(self, request: Any) -> Any:
        loops = self._environment.loops
        if loops is None:
            return self._done(request)
        with loops.running():
            return loops.perform(*request[1:]) if request[0] == "loop" else self._done(request)

    def _done(self, request: Any) -> Any:
        match request:
            case ("call", target, args, kwargs):
                return target(*args, **dict(kwargs))
            case ("get", None, name):
                return vars(self._module)[name]
            case ("get", target, name):
                return getattr(target, name)
            case ("set", target, name, value):
                return setattr(target, name, value)
            case ("operate", "await" | "anext" | "aenter" | "aexit" as name, operands):
                return self._alone.wait(name, *operands)
            case ("operate", "aiter", (thing,)):
                return aiter(thing)
            case ("printed",):
                return self._printed
            case ("operate", "describe", (thing, str(how), *rest)):
                return self_description.DESCRIPTIONS[how](thing, *rest)
            case ("operate", "equal data", (thing,)):
                return equal_data.of(thing)
            case ("operate", "data", (thing,)):
                return subclass_values.exact(thing)
            case ("operate", "load", (thing, data)):
                return subclass_values.load(thing, subclass_values.base_of(type(thing)), data)
            case ("operate", name, operands):
                return protocols.OPERATIONS[name](*operands)
        raise values.BadValue("an unknown request")


class _Encoded:
    """An object that is already encoded for the channel."""

    def __init__(self, data: bytes) -> None:
        self.data = data


_ready: list[_Server] = []
