"""Write files so that a kill at any moment spoils none, one process writes, and errors name them."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

_OS_ERROR = re.compile(r"\(os error (\d+)\)")
"""How libraries in Rust, safetensors among them, write an errno."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Refuse = Callable[[str], Exception]
"""Makes the caller's own kind of error from a message."""


def read_json(file: Path, refuse: Refuse) -> dict[str, Any] | None:
    """Return the JSON object in a file, or ``None`` where there is no such file."""
    try:
        value = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise refuse(f"cannot read {file}: {error}") from None
    if not isinstance(value, dict):
        raise refuse(f"cannot read {file}: it is not a JSON object")
    return value


def write_json(file: Path, value: Mapping[str, Any], part: Path | None = None) -> None:
    """Write a JSON object to a file, whole or not at all; see :func:`replacing`."""
    with replacing(file, part) as opened:
        opened.write(f"{json.dumps(value, indent=2)}\n".encode())


@contextmanager
def replacing(path: Path, part: Path | None = None) -> Iterator[BinaryIO]:
    """Open a file that takes the place of ``path`` once it is whole and on the disk.

    Args:
        part: Where to write until then, in the same folder.
    """
    part = part or path.with_suffix(".part")
    with name_in_errors(path):
        with part.open("wb") as file:
            yield file
        put_in_place(part, path)


def put_in_place(part: Path, path: Path) -> None:
    """Rename a whole file or folder, so that its content and its name survive a power failure.

    A file at ``path`` is replaced; a folder there must be empty.
    """
    with name_in_errors(path):
        if part.is_dir():
            os.sync()  # an fsync for each of thousands of files takes minutes
        else:
            _fsync(part)
        part.replace(path)
        fsync_dir(path.parent)


def fsync_dir(folder: Path) -> None:
    """Make the names in a folder survive a power failure."""
    _fsync(folder)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lock(file: int | BinaryIO) -> bool:
    """Lock an open file or folder for this process; return whether no other process holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def name_in_errors(path: Path | str) -> Iterator[None]:
    """Turn a failure to write ``path`` into an ``OSError`` that names it, whatever library writes.

    For a full disk, Python raises an ``OSError`` without a file name; torch and safetensors raise
    exceptions of their own.
    """
    try:
        yield
    except Exception as error:
        failure = _os_error(error)
        if failure is None:
            raise
        if failure.filename is None:
            failure.filename = str(path)
        if failure is error:
            raise
        raise failure from error


def _os_error(error: Exception) -> OSError | None:
    """Return the operating system's error that an exception is, or stands for."""
    if isinstance(error, OSError):
        return error
    if isinstance(error.__context__, OSError):
        return error.__context__
    number = _OS_ERROR.search(str(error))
    return OSError(int(number[1]), os.strerror(int(number[1]))) if number else None


def is_full(error: OSError) -> bool:
    """Return whether a disk, a quota or a file has no room for more."""
    return error.errno in _FULL
