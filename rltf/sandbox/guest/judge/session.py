"""The judge's end of the channel: requests to the program, and objects that both sides know."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from ..shared import (
    channel,
    protocols,
    python_names,
    report,
    values,
)
from ..shared.shared_containers import SharedContainers
from . import (
    environment,
    object_handles,
    portable,
    program_names,
)
from .findings import GONE, NOTHING, OUT_OF_MEMORY, RAISED, TEST_FAULT, UNSPLIT, WRONG, Finding
from .known_objects import KnownObjects

_MISUSE = ("ReportError", "the program wrote on the judge's channel")


def _only_reads(message: tuple[Any, ...]) -> bool:
    return message[0] == "get" or (message[0] == "operate" and message[1] in protocols.READS)


_NOTHING_ASKED = ("operate", "bool", (False,))
_NO_VALUE = (values.BadValue, ValueError, TypeError, LookupError, ArithmeticError)


class Session(KnownObjects):
    """The judge's end of the channel, and the objects on each side that the other side knows."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.changes = 0
        """Requests that may have changed something."""
        self.expected: set[str] = set()
        """Names of classes that the test uses, except for the entry point's."""
        self.compared_with_data = ""
        """The class of an object that the test has made, and compared with plain data."""
        self.ended: Finding | None = None
        """The finding, once it is certain."""
        self._containers = SharedContainers(keeps_new=True)
        object_handles.sessions.append(self)
        self.environment: environment.Environment | None = None
        """What the test has changed; ``None`` for a test that changes nothing."""

    def open(self) -> None:
        """Begin a test: wait until the program is loaded, and read what it defines."""
        self.calls = 0
        self.compared_with_data = ""
        if self.ended is not None and self.ended[0] in (TEST_FAULT, UNSPLIT):
            self.ended = None
        if self.inventory is not None:
            return
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
                case ("value", value):
                    return value
                case ("raised", BaseException() as error, tuple(description)):
                    raise self._described(error, description, message)
                case ("ask", str(name), int(number), *rest):
                    self._answer_ask(name, number, tuple(rest))
                case told if not self._hears(told):
                    raise self._misuse()

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
        if ends_iteration and not may_end and not self.lent.knows(error):
            # `all(map(check, cases))` would mistake it for the end of the cases
            error = RuntimeError(f"the program raised {described[0]}")
        if not self.lent.knows(error):
            error._rltf_description = described  # type: ignore[attr-defined]
        return error

    def _misuse(self) -> channel.Misuse:
        self.ended = RAISED, (*_MISUSE, None, None, None, None, "test", "")
        return channel.Misuse()

    def _send(self, message: tuple[Any, ...], is_asked_for: bool = False) -> None:
        """Send a message. Raise ``LookupError`` if the program asked for what it must not get."""
        if self.environment is not None:
            self.environment.tell(self._post)
        self._post(message, is_asked_for)

    def _post(self, message: tuple[Any, ...], is_asked_for: bool = False) -> None:
        """Send a message. Raise ``LookupError`` if the program asked for what it must not get."""
        try:
            data = self._containers.encode([message], self.extend)
        except values.UnsupportedValue as error:
            if error.value is None:  # the data is too large, perhaps because of the program
                raise
            if is_asked_for:
                raise LookupError(f"a {error} of the test cannot cross to the program") from None
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
            data = channel.receive()
            return self._containers.decode(data, self.resolve, self.resolve_data)
        except channel.Gone:
            self.ended = GONE, NOTHING
            raise
        except (channel.Misuse, *_NO_VALUE):
            raise self._misuse() from None

    def _answer_ask(self, name: str, number: int, rest: tuple[Any, ...]) -> None:
        """Do what the program asks of an object of the test, and send what comes of it."""
        try:
            answer = ("value", self.lent.perform(name, number, rest))
        except (channel.Gone, channel.Misuse, object_handles.Unsplit, MemoryError):
            raise
        except BaseException as error:
            answer = ("raised", error)
        try:
            self._send(answer, is_asked_for=name not in ("call", "await call"))
        except LookupError as error:
            self._send(("raised", TypeError(*error.args)))
