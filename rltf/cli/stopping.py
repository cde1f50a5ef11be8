"""How a command ends early: Ctrl-C, SIGTERM, a full disk. It says what happened and how to go on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rltf.common.files import is_full


class Terminated(KeyboardInterrupt):
    """SIGTERM came. It unwinds a command as Ctrl-C does."""


@contextmanager
def handling_sigterm() -> Iterator[None]:
    """While this lasts, SIGTERM ends a command as Ctrl-C does: files are closed, and work is saved."""
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
    """While this lasts, a command that is stopped or meets a full disk says how to go on.

    Args:
        how: a clause such as "rerun the same command to continue".
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


def stopped(stop: BaseException) -> tuple[str, int]:
    """The message and the exit code of a command that was stopped."""
    # click raises its own Abort from a KeyboardInterrupt
    cause = stop if isinstance(stop, KeyboardInterrupt) else stop.__cause__ or stop
    message = "; ".join(["stopped", *_notes(cause)])
    return message, 143 if isinstance(cause, Terminated) else 130


def failed(error: OSError) -> str:
    """What to say of an operating system's error; of a full disk also how to go on."""
    if not (is_full(error) and error.filename):
        return "; ".join([str(error), *_notes(error)])
    steps = ["free some space", *(_notes(error) or ["run the command again"])]
    return f"cannot write {error.filename}: {error.strerror}; {', then '.join(steps)}"


def _notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])
