"""Threads with large stacks, one after another, in a limited address space.

A thread counts as ended for Python (before 3.13) a moment before its stack can be used again. The
next thread's stack is then allocated beside it, and two of 512 MiB are more than a program usually
has.
"""

from __future__ import annotations

import _thread
import threading
import time

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.0005, 0.3


class Starter:
    """Starts threads. If there is no room for one, it waits until ended threads are gone."""

    def __init__(self, start: Callable[..., int]) -> None:
        self._start = start
        self._started = 0
        self._gone = 0  # threads that are not worth waiting for

    def __call__(self, *arguments: Any, **named: Any) -> int:
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                identity = self._start(*arguments, **named)
            except RuntimeError:
                ended = self._started - _thread._count()
                if ended <= self._gone or wait_s > _LONGEST_WAIT_S:
                    self._gone = ended
                    raise
                time.sleep(wait_s)
                wait_s *= 2
            else:
                self._started += 1
                return identity


def install() -> None:
    """Make ``threading`` start threads this way if it does not wait for their real end itself."""
    start = getattr(threading, "_start_new_thread", None)
    if start is not None:
        threading._start_new_thread = Starter(start)  # type: ignore[attr-defined]
