"""Several threads of judge and candidate on one channel.

Each thread of one side that asks the other something has a conversation with a thread of its own
there: what a test does in a thread runs in a thread of the program's process, and the other way
round. The main threads have conversation 0.

While there are only two threads, each reads what is meant for it. From the moment that either side
may have another one, a thread of its own reads the channel on each side (``share``).

A message changes what both sides know of their objects, so only one side may write at a time. Who
sends a message hands the turn to the other side. A side that has something to say asks for the turn.

A message of conversation 0 is sent as it is, if its first byte is none of these. What else is sent
starts with one of them, and a number:
    @ number message    a message of a conversation; without a message, the thread has ended
    + number name       a thread begins a conversation; 0 only says that there may be threads
    ! 0 message         a message to whoever reads, which needs no answer and keeps the turn
    ? 0                 a request for the turn
    ~ 0 message         the turn, with a message that says nothing
"""

from __future__ import annotations

import _queue
import _thread
import struct
import threading

from . import channel

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_MARKS = b"@+!?~"
_OF_CONVERSATION, _BEGIN, _NEWS, _ASK_TURN, _TURN = _MARKS
_HEADER = struct.Struct("<BI")
_start_thread = _thread.start_new_thread
_LONGEST_NAME = 200


class Ended(BaseException):
    """The thread at the other end of a conversation is gone."""


class Line:
    """One end of the channel.

    Args:
        encode: Encodes the message in a box, and takes it out.
        decode: Decodes a message.
        news: Returns what must be told before a message, encoded.
        hear: Takes what was told.
        serve: Answers what comes in a conversation that the other side has begun, until it ends.
        first: The number of the first conversation that this side begins.
    """

    def __init__(
        self,
        encode: Callable[[list[Any]], bytes],
        decode: Callable[[bytes], Any],
        news: Callable[[], Iterable[bytes]],
        hear: Callable[[Any], None],
        serve: Callable[[], None],
        first: int,
    ) -> None:
        self._encode, self._decode = encode, decode
        self._news, self._hear, self._serve = news, hear, serve
        self._next = first
        self._theirs = 3 - first
        self._lock = threading.RLock()
        self._turn = threading.Condition(self._lock)
        self._has_turn = first == 1  # the judge asks first
        self._has_asked = False
        self._is_read = False
        """Whether a thread reads the channel for itself."""
        self.is_shared = False
        self._end: BaseException | None = None
        self._queues: dict[int, Any] = {0: _queue.SimpleQueue()}
        self._local = threading.local()
        self._local.number = 0

    def post(self, box: list[Any]) -> None:
        """Send the message in a box to the other end of this thread's conversation."""
        number = self._number()
        with self._lock:
            if not self._has_turn:
                self._take_turn()
            for each in self._news():
                self._write(_NEWS, 0, each)
            data = self._encode(box)
            self._has_turn = False
            if number or data[0] in _MARKS:
                self._write(_OF_CONVERSATION, number, data)
            else:
                channel.send(data)

    def flush(self) -> None:
        """Tell at once what must be told."""
        self.share()
        with self._lock:
            self._take_turn()
            for each in self._news():
                self._write(_NEWS, 0, each)

    def receive(self) -> Any:
        """Return the next message of this thread's conversation, or raise what it came to."""
        number = self._number()
        while self._may_read():
            try:
                found, item = self._read()
            finally:
                with self._lock:
                    self._is_read = False
                    if self.is_shared:
                        self._turn.notify_all()
            if found == number:
                return _opened(item)
            if found is not None:
                self._put(found, item)
        queue = self._queues[number]
        if self._end is not None and queue.empty():
            raise self._end
        return _opened(queue.get())

    def _may_read(self) -> bool:
        """Return whether this thread reads the channel itself."""
        with self._lock:
            self._is_read = not self.is_shared
            return self._is_read

    def share(self) -> None:
        """Read the channel in a thread of its own from now on, on both sides."""
        with self._lock:
            if not self.is_shared:
                self._write(_BEGIN, 0, b"")
                self._start_reading()

    def _start_reading(self) -> None:
        with self._lock:
            if not self.is_shared:
                self.is_shared = True
                _start_thread(self._read_all, ())

    # ------------------------------------------------------------------------ conversations

    def _number(self) -> int:
        """Return the number of this thread's conversation, and begin one if it has none."""
        number: int | None = getattr(self._local, "number", None)
        if number is None:
            self.share()
            with self._lock:
                number = self._next
                self._next += 2
                self._queues[number] = _queue.SimpleQueue()
                self._local.number = number
                self._local.token = _Token(self, number)
                name = str(threading.current_thread().name)[:_LONGEST_NAME]
                self._write(_BEGIN, number, name.encode("utf-8", "replace"))
        return number

    def _begun(self, number: int, name: bytes) -> None:
        """Start the thread of a conversation that the other side begins."""
        self._start_reading()
        if number == 0:
            return
        if number != self._theirs:
            raise channel.Misuse
        self._theirs += 2
        self._queues[number] = _queue.SimpleQueue()

        def serve() -> None:
            self._local.number = number
            try:
                self._serve()
            except (Ended, channel.Gone, channel.Misuse):
                pass
            finally:
                self._queues.pop(number, None)

        try:
            threading.Thread(
                target=serve, name=name.decode("utf-8", "replace"), daemon=True
            ).start()
        except RuntimeError:  # too many threads
            raise channel.Misuse from None

    def end(self, number: int) -> None:
        """End the conversation of a thread that ends."""
        self._queues.pop(number, None)
        if self._end is None:
            try:
                self._write(_OF_CONVERSATION, number, b"")
            except channel.Gone:
                return

    # ----------------------------------------------------------------------------- the wire

    def _take_turn(self) -> None:
        while not self._has_turn:
            if self._end is not None:
                raise self._end
            if not self.is_shared:
                return  # the other side waits for this message
            if not self._has_asked:
                self._has_asked = True
                self._write(_ASK_TURN, 0, b"")
            self._turn.wait()

    def _write(self, kind: int, number: int, data: bytes) -> None:
        with self._lock:
            channel.send(_HEADER.pack(kind, number) + data)

    def _read(self) -> tuple[int | None, Any]:
        """Read one frame. Return its conversation, or ``None``, and what it came to."""
        data = channel.receive()
        kind = data[0] if data else 0
        if kind not in _MARKS:
            return 0, self._taken(data)
        if len(data) < _HEADER.size:
            raise channel.Misuse
        kind, number = _HEADER.unpack_from(data)
        rest = data[_HEADER.size :]
        if kind == _OF_CONVERSATION:
            return number, self._taken(rest) if rest else (None, Ended())
        if kind == _BEGIN:
            self._begun(number, rest[:_LONGEST_NAME])
        elif kind == _ASK_TURN:
            self._give_turn()
        else:
            message, error = self._taken(rest, keeps_turn=kind == _NEWS)
            if error is not None:
                raise error
            if message != ():
                self._hear(message)
        return None, None

    def _taken(self, data: bytes, keeps_turn: bool = False) -> tuple[Any, BaseException | None]:
        """Decode a message, and take the turn that comes with it."""
        with self._lock:
            try:
                return self._decode(data), None
            except BaseException as error:
                return None, error
            finally:
                if not keeps_turn:
                    self._has_turn, self._has_asked = True, False
                    if self.is_shared:
                        self._turn.notify_all()

    def _give_turn(self) -> None:
        with self._lock:
            if self._has_turn:
                data = self._encode([()])
                self._has_turn = False
                self._write(_TURN, 0, data)

    def _put(self, number: int, item: Any) -> None:
        queue = self._queues.get(number)
        if queue is not None:
            queue.put(item)

    def _read_all(self) -> None:
        """Read to the end, and hand each message to the thread that waits for it."""
        with self._lock:
            while self._is_read:
                self._turn.wait()
        try:
            while True:
                number, item = self._read()
                if number is not None:
                    self._put(number, item)
        except BaseException as error:
            self._end = error if isinstance(error, channel.Gone) else channel.Misuse()
        with self._lock:
            self._turn.notify_all()
        for queue in list(self._queues.values()):
            queue.put((None, self._end))


class _Token:
    """Lives as long as the thread that has it."""

    def __init__(self, line: Line, number: int) -> None:
        self._line, self._number = line, number

    def __del__(self) -> None:
        self._line.end(self._number)


def _opened(item: tuple[Any, BaseException | None]) -> Any:
    message, error = item
    if error is not None:
        raise error
    return message
