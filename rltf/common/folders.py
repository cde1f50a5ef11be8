"""Folders that a process writes for itself, and whole files in them: a kill at any moment spoils neither."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_OS_ERROR = re.compile(r"\(os error (\d+)\)")
"""How libraries in Rust, safetensors among them, write an errno."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Refuse = Callable[[str], Exception]
"""Makes the error of whoever owns the folder, out of what is in the way."""


class HeldFolder:
    """A folder, made where there is none, that one process at a time may hold.

    Args:
        what: What is kept there, such as ``a run``, for messages.
    """

    def __init__(self, path: Path, what: str, refuse: Refuse) -> None:
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise refuse(f"cannot write {what} to {path}: {error.strerror}") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.let_go()
            raise refuse(f"another process is running in {path}") from None
        except OSError as error:
            self.let_go()
            raise refuse(f"cannot lock {path}: {error.strerror}") from None

    def let_go(self) -> None:
        """Others may hold it from now on."""
        os.close(self._lock)


def folder_for(name: str, digest: str) -> Path:
    """Under ``runs``, a folder of its own for all that a digest is over."""
    words = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-")
    return Path("runs") / f"{words}-{digest[:8]}"


def read_json(file: Path, refuse: Refuse) -> dict[str, Any] | None:
    """The JSON object in a file; ``None`` where there is no such file."""
    try:
        value = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise refuse(f"cannot read {file}: {error}") from None
    if not isinstance(value, dict):
        raise refuse(f"cannot read {file}: it is not a JSON object")
    return value


@contextmanager
def names_file(path: Path | str) -> Iterator[None]:
    """Make a failure to write ``path`` an ``OSError`` that names it, whatever library was writing.

    A full disk is an ``OSError`` without a file name from Python, and another exception from torch and
    safetensors.
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
    """The operating system's error that an exception is, or stands for."""
    if isinstance(error, OSError):
        return error
    if isinstance(error.__context__, OSError):
        return error.__context__
    number = _OS_ERROR.search(str(error))
    return OSError(int(number[1]), os.strerror(int(number[1]))) if number else None


def is_full(error: OSError) -> bool:
    """Whether a disk, a quota or a file has no room for more."""
    return error.errno in _FULL


def write_json(file: Path, value: Mapping[str, Any]) -> None:
    """Write a whole file, or leave it as it was."""
    part = file.with_suffix(".part")
    with names_file(file), part.open("w", encoding="utf-8") as opened:
        json.dump(value, opened, indent=2)
        opened.write("\n")
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)
    fsync_dir(file.parent)


def fsync_dir(folder: Path) -> None:
    """Have the disk know the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
