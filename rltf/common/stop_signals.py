"""Delay Ctrl-C and SIGTERM until some work is finished: a training step, pending answers."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """A context manager that holds back the first stop signal until :meth:`raise_received`.

    A second signal is handled as before, at once. Outside the main thread, where Python handles no
    signals, it does nothing.

    Args:
        on_first: Called when the first signal arrives, between any two instructions of the main
            thread.
    """

    def __init__(self, on_first: Callable[[], None]) -> None:
        self._on_first = on_first
        self._handlers: dict[int, Any] = {}
        self._received: tuple[int, FrameType | None] | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            handlers = {number: signal.getsignal(number) for number in _SIGNALS}
            # a signal that is ignored, as under nohup, stays ignored
            self._handlers = {n: handler for n, handler in handlers.items() if callable(handler)}
            for number in self._handlers:
                signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    @property
    def received(self) -> bool:
        return self._received is not None

    def raise_received(self) -> None:
        """Handle the signal that was held back, if there is one, as it would have been."""
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
