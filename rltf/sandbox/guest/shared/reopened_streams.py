"""Opening one's own streams by a path, without a broker that hands out copies of them.

The kernel opens a memfd from its start, where a program that reads a pipe expects to go on.
"""

from __future__ import annotations

import builtins
import io
import os
import re

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_BY_NUMBER = re.compile(r"(?a:/dev/fd|/proc/(?:self|thread-self|(?P<pid>\d+))/fd)/(?P<fd>\d{1,9})")


def _descriptor(path: Any) -> int | None:
    """Return the descriptor that a path names."""
    try:
        text = os.fsdecode(path)
    except TypeError:
        return None
    if not text.startswith(("/dev/", "/proc/")):
        return None
    match = _BY_NUMBER.fullmatch(text)
    if match is None:
        return _STANDARD.get(text)
    return int(match["fd"]) if match["pid"] in (None, str(os.getpid())) else None


def install() -> None:
    """Replace ``open`` and ``os.open`` with functions that copy the descriptor."""
    open_file, open_descriptor = io.open, os.open

    def open(file: Any, *arguments: Any, **options: Any) -> Any:
        fd = _descriptor(file)
        return open_file(file if fd is None else os.dup(fd), *arguments, **options)

    def os_open(path: Any, *arguments: Any, **options: Any) -> int:
        fd = _descriptor(path)
        return open_descriptor(path, *arguments, **options) if fd is None else os.dup(fd)

    os_open.__name__ = os_open.__qualname__ = "open"
    open.__qualname__ = "open"
    open.__module__, os_open.__module__ = "_io", "posix"
    builtins.open = io.open = open
    os.open = os_open
