"""Ctrl-C and SIGTERM where work must be finished first: a step of training, answers under way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """A context manager that keeps the first stop signal until :meth:`raise_received`.

    A second one is handled as before, at once. Outside of the main thread, where Python handles no
    signals, it does nothing.

    Args:
        on_first: called when the first signal comes, between any two instructions of the main thread.
    """

    def __init__(self, on_first: Callable[[], None]) -> None:
        self._on_first = on_first
        self._handlers: dict[int, Any] = {}
        self._received: tuple[int, FrameType | None] | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            found = {each: signal.getsignal(each) for each in _SIGNALS}
            # one that is ignored, as under nohup, stays ignored
            self._handlers = {each: how for each, how in found.items() if callable(how)}
            for each in self._handlers:
                signal.signal(each, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    @property
    def received(self) -> bool:
        return self._received is not None

    def raise_received(self) -> None:
        """Handle the signal that was kept, if there is one, as it would have been."""
        if self._received is not None:
            number, frame = self._received
            handler = signal.getsignal(number)
            assert callable(handler)
            handler(number, frame)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received = number, frame
        self._restore()
        self._on_first()

    def _restore(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}
