"""Interrupting a command: SIGTERM works like Ctrl-C, and the user learns how to resume."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rltf.common.file_writes import is_full


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived. It unwinds the stack as Ctrl-C does."""


@contextmanager
def handling_sigterm() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does, so that files are closed and work is saved."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


@contextmanager
def resumable(how: str) -> Iterator[None]:
    """Tell the user how to resume if the command is interrupted or the disk is full.

    Args:
        how: A clause such as "rerun the same command to continue".
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        stop.add_note(how)
        raise
    except OSError as error:
        if is_full(error):
            error.add_note(how)
        raise
