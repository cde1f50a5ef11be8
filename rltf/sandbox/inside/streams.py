"""A program's standard streams: as the interpreter makes them, and put back between tests of one process."""

from __future__ import annotations

import io
import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_OURS_ALONE = 2
"""References to a buffer that sys.getrefcount sees: its text stream's, and its own argument."""
_ours: tuple[Any, Any, Any] = (None, None, None)


def fresh() -> None:
    """New standard streams on the old descriptors."""
    global _ours
    sys.stdin = sys.__stdin__ = _input()  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _output(1, "surrogateescape")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _output(2, "backslashreplace")  # type: ignore[misc]
    _ours = (sys.stdin, sys.stdout, sys.stderr)


def end() -> bool:
    """Flushes what a program wrote and takes away what it has put in the place of our streams.

    Before the descriptors are put back: a file of its own closes its descriptor when nobody has it any
    more. Whether all streams are still ours and open, stdin aside.
    """
    stdin, stdout, stderr = _ours
    try:
        kept = sys.stdin is stdin and sys.stdout is stdout and sys.stderr is stderr
        shown = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
        if kept and shown == _ours:
            stdout.flush()
            stderr.flush()
            return True
    except BaseException:  # deleted, closed or detached, or the disk is full
        pass
    flush()
    for name, ours in zip(("stdin", "stdout", "stderr"), _ours, strict=True):
        if getattr(sys, name, None) is not ours:
            setattr(sys, name, None)
            setattr(sys, f"__{name}__", None)
    return False


def flush() -> None:
    """Flushes what the program wrote, whatever it has put in the place of stdout."""
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        try:
            getattr(sys, name).flush()
        except BaseException:
            continue


def begin(kept: bool, new_input: bool) -> None:
    """Streams for the next test of the same program: the old ones where all were ``kept``, with their
    input from its start where it is new."""
    global _ours
    if not kept:
        fresh()
    elif new_input and not _rewind(_ours[0]):
        sys.stdin = sys.__stdin__ = _input()  # type: ignore[misc]
        _ours = (sys.stdin, *_ours[1:])


def _rewind(stdin: Any) -> bool:
    """Makes a text stream as good as new, where nobody has changed it, or holds the buffer below it."""
    try:
        if stdin.__dict__ or stdin.encoding != "utf-8" or stdin.errors != "surrogateescape":
            return False
        if sys.getrefcount(stdin.buffer) != _OURS_ALONE:
            return False
        stdin.buffer.seek(0, io.SEEK_END)  # forgets what it has read ahead, which seek(0) does not
        stdin.seek(0)
        return True
    except (OSError, ValueError):  # closed or detached
        return False


def _input() -> io.TextIOWrapper:
    return _text(io.BufferedReader(io.FileIO(0, closefd=False)), "surrogateescape")


def _output(fd: int, errors: str) -> io.TextIOWrapper:
    return _text(io.BufferedWriter(io.FileIO(fd, "w", closefd=False)), errors)


def _text(buffered: Any, errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(buffered, encoding="utf-8", errors=errors)
