"""A program's standard streams: made as the interpreter does, and reset between tests."""

from __future__ import annotations

import io
import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_NAMES = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")
_ERRORS = "surrogateescape"
_MODE = {"mode": "r"}
"""The attributes that the interpreter sets on its own stdin."""
_OURS_ALONE = 2
"""References to a buffer that sys.getrefcount counts: its text stream's and its own argument."""
_ours: tuple[Any, Any, Any] = (None, None, None)


def fresh() -> None:
    """Make new standard streams on the old descriptors."""
    global _ours
    _ours = (_input(), _output(1, "<stdout>", _ERRORS), _output(2, "<stderr>", "backslashreplace"))
    for index, name in enumerate(_NAMES):
        setattr(sys, name, _ours[index % 3])


def end(may_reuse: bool) -> bool:
    """Flush what a program wrote. Return whether the next test can use the same streams.

    It can if ``may_reuse`` is true and the program has neither replaced nor closed any of them.
    Otherwise all of them are removed, and whatever replaced them, before the descriptors are put
    back: a file that nobody refers to any more writes what is left in its buffer and closes its
    descriptor.
    """
    global _ours
    stdin, stdout, stderr = _ours
    try:
        same = sys.stdin is stdin and sys.stdout is stdout and sys.stderr is stderr
        same_originals = (
            sys.__stdin__ is stdin and sys.__stdout__ is stdout and sys.__stderr__ is stderr
        )
        if may_reuse and same and same_originals:
            stdout.flush()
            stderr.flush()
            return True
    except BaseException:  # deleted, closed or detached, or the disk is full
        pass
    flush()
    _ours = (None, None, None)
    for name in _NAMES:
        setattr(sys, name, None)
    return False


def flush() -> None:
    """Flush what the program wrote, even if it has replaced stdout."""
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        try:
            getattr(sys, name).flush()
        except BaseException:
            continue


def begin(reuse: bool, new_input: bool) -> None:
    """Set the streams up for the next test of the same program.

    ``reuse`` keeps the old ones. With ``new_input``, stdin is read from its start again.
    """
    global _ours
    if not reuse:
        fresh()
    elif not (_rewind(_ours[0]) if new_input else _is_open(_ours[0])):
        sys.stdin = sys.__stdin__ = _input()  # type: ignore[misc]
        _ours = (sys.stdin, *_ours[1:])


def _is_open(stdin: Any) -> bool:
    try:
        return not stdin.closed
    except ValueError:  # detached
        return False


def _rewind(stdin: Any) -> bool:
    """Rewind a text stream, unless somebody has marked it or refers to its buffer."""
    try:
        if stdin.__dict__ != _MODE or sys.getrefcount(stdin.buffer) != _OURS_ALONE:
            return False
        stdin.buffer.seek(0, io.SEEK_END)  # forgets what it has read ahead, which seek(0) does not
        stdin.seek(0)
        return True
    except (OSError, ValueError):  # closed or detached
        return False


def _input() -> io.TextIOWrapper:
    return _text(io.BufferedReader(io.FileIO(0, closefd=False)), "<stdin>", "r", _ERRORS)


def _output(fd: int, name: str, errors: str) -> io.TextIOWrapper:
    return _text(io.BufferedWriter(io.FileIO(fd, "w", closefd=False)), name, "w", errors)


def _text(buffered: Any, name: str, mode: str, errors: str) -> io.TextIOWrapper:
    buffered.raw.name = name
    text: Any = io.TextIOWrapper(buffered, encoding="utf-8", errors=errors)
    text.mode = mode
    return text  # type: ignore[no-any-return]
