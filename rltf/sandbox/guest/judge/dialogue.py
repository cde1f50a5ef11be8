"""The conversation of a judge with its candidate: requests, and what the program asks in a call."""

from __future__ import annotations

import contextlib
import re
import threading
from typing import Any

from ..shared import (
    channel,
    container_content,
    conversations,
    data_types,
    protocols,
    report,
    values,
)
from ..shared.shared_containers import SharedContainers, SharedMemory
from ..test_code import test_cases
from . import environment, object_handles, portable, test_threads
from .findings import GONE, NOTHING, RAISED, UNSPLIT, WRONG, Finding
from .known_objects import KnownObjects

_MISUSE = ("ReportError", "the program wrote on the judge's channel")


def _only_reads(message: tuple[Any, ...]) -> bool:
    return message[0] == "get" or (message[0] == "operate" and message[1] in protocols.READS)


_NOTHING_ASKED = ("operate", "bool", (False,))
_NO_VALUE = (values.BadValue, ValueError, TypeError, LookupError, ArithmeticError)


class _AskedFor(list[Any]):
    """A box with what the program asked for, and may be refused."""


class Dialogue(KnownObjects):
    """Sends requests, and answers what comes in the meantime."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self._text = ""
        """The code of the test."""
        self.takes_part = False
        """Whether the program has been asked, or has changed files or variables while loading."""
        self.changes = 0
        """Requests that may have changed something."""
        self.ended: Finding | None = None
        """The finding, once it is certain."""
        self.environment: environment.Environment | None = None
        """What the test has changed; ``None`` for a test that changes nothing."""
        self._first_call = threading.Lock()
        """Taken by the thread that asks first."""
        self._containers = SharedContainers(keeps_new=True)
        self._line = conversations.Line(
            self._encode, self._decode, self._news, self._hear, self._answer_thread, first=1
        )
        test_threads.share_before_threads(self._line)

    def request(self, *message: Any) -> Any:
        """Ask the candidate. Return its value, or raise what it raised."""
        if not self.takes_part and self._first_call.acquire(blocking=False):
            self.note_program()
        self._send(message)
        self.calls += 1
        self.changes += not _only_reads(message)
        return self._reply(message)

    def note_program(self) -> None:
        """Note that the program takes part in the test: what breaks now may be its doing."""
        if not self.takes_part:
            self.takes_part = True
            report.write(report.CALLED, b"")

    def begin_environment(self, code: str) -> None:
        """Watch what the test changes, and hear what the program has changed while loading."""
        self._text = code
        self.environment = environment.of(code, self.request)
        if self.environment is not None and self.environment.hears_at_once:
            self._send(_NOTHING_ASKED)
            try:
                self._reply(_NOTHING_ASKED)
            except MemoryError:  # what the program says is too large
                self.note_program()
                raise

    def _reply(self, message: tuple[Any, ...]) -> Any:
        """Answer what the program asks for, until it has done what the message says."""
        while True:
            match self._receive():
                case ("value", value):
                    return value
                case ("raised", BaseException() as error, tuple(description)):
                    raise self._described(error, description, message)
                case asked:
                    self._answer(asked)

    def _answer_thread(self) -> None:
        """Answer what a thread of the program asks for, until it ends."""
        while True:
            self._answer(self._receive())

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

    def _send(self, message: tuple[Any, ...]) -> None:
        self._post([message])

    def _post(self, box: list[Any]) -> None:
        """Send a message. Raise ``LookupError`` if the program asked for what it must not get."""
        try:
            self._line.post(box)
        except channel.Gone:
            self.ended = GONE, NOTHING
            raise
        except channel.Misuse:
            raise self._misuse() from None

    def _encode(self, box: list[Any]) -> bytes:
        try:
            return self._containers.encode(box, self.extend)
        except values.UnsupportedValue as error:
            if error.value is None:  # the data is too large, perhaps because of the program
                raise
            if isinstance(box, _AskedFor):
                raise LookupError(f"a {error} of the test cannot cross to the program") from None
            reason = f"the test hands over a {error}, which cannot cross to the program"
            is_answer = isinstance(error, SharedMemory) and error.is_returned
            if self.takes_part and (is_answer or not self._is_of_test(error.value)):
                # as the program's choice of data it must not be a reason to judge otherwise
                self.ended = WRONG, ("TypeError", reason, *NOTHING[2:])
                raise object_handles.Unsplit(reason) from None
            raise self.unsplit(reason) from None

    def _is_of_test(self, thing: Any) -> bool:
        """Return whether the test makes a thing, rather than take it from the program's data."""
        if data_types.is_part_of_data(thing):
            return False
        kind = thing if isinstance(thing, type) else type(thing)
        package = kind.__module__.partition(".")[0].lstrip("_")
        is_known = kind.__module__ in (test_cases.MODULE, "builtins")
        return is_known or re.search(rf"\b{re.escape(package)}\b", self._text) is not None

    def _decode(self, data: bytes) -> Any:
        message = self._containers.decode(data, self.resolve, self.resolve_data)
        names_own = self.lent.was_named()
        if type(message) is tuple and message[:1] == ("ask",):
            return ("ask", names_own, *message[1:])
        return message

    def _news(self) -> list[bytes]:
        return [] if self.environment is None else list(map(self._encode, self.environment.news()))

    def _hear(self, message: Any) -> None:
        """Take a message that needs no answer."""
        try:
            heard = self.environment is not None and self.environment.hear(message)
        except _NO_VALUE:
            heard = False
        if not heard:
            raise self._misuse()
        self.note_program()

    def end_environment(self) -> None:
        """Put back what the test has changed, on both sides."""
        if self.environment is not None:
            self.environment.reset()
            with contextlib.suppress(channel.Gone, channel.Misuse):
                self._send(_NOTHING_ASKED)
                self._reply(_NOTHING_ASKED)
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
            return self._line.receive()
        except channel.Gone:
            self.ended = GONE, NOTHING
            raise
        except (channel.Misuse, *_NO_VALUE):
            raise self._misuse() from None
        except container_content.Resized:
            reason = "the program has resized an array that the test holds"
            self.ended = WRONG, ("ValueError", reason, *NOTHING[2:])
            raise object_handles.Unsplit(reason) from None

    def _answer(self, asked: Any) -> None:
        """Do what the program asks of an object of the test, and send what comes of it."""
        match asked:
            case ("ask", bool(names_own), str(name), int(number), *rest):
                pass
            case _:
                raise self._misuse()
        try:
            box: list[Any] = [("value", self.lent.perform(name, number, tuple(rest), names_own))]
        except (channel.Gone, channel.Misuse, object_handles.Unsplit, MemoryError):
            raise
        except BaseException as error:
            self._post([("raised", error)])
            return
        try:
            self._post(box if name in ("call", "await step", "await whole") else _AskedFor(box))
        except LookupError as error:
            self._post([("raised", TypeError(*error.args))])
