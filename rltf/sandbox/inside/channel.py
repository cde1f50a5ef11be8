"""The socket between a judge and the candidate it calls: messages that are values.

Requests of the judge, answered by one reply each:
    ("call", target, args, kwargs)    ("get", target, name)      ("set", target, name, value)
    ("operate", name, operands)       ("instance", target, class name)
Replies: ("value", value, arguments as the call left them), ("raised", builtin base, description).
While the judge waits for a reply, the candidate may send ("callback", number, args, kwargs), a call of
a function of the test's, and gets a reply of the same two forms.

Extensions of values on this channel: a handle (an object that stays where it is, known by a number),
a builtin (known by its name), and a function of the test's (known by a number).
"""

from __future__ import annotations

import builtins
import math
import operator
import os
import struct
from typing import Any

from . import values

FD = 5
MAX_MESSAGE = 64 * 1024 * 1024
_SOURCES = {"builtins": builtins, "math": math, "operator": operator}


class Gone(Exception):
    """The other side has closed the channel."""


def send(data: bytes) -> None:
    """Sends one message; ``Gone`` when nobody will read it."""
    frame = memoryview(struct.pack("<I", len(data)) + data)
    try:
        while frame:
            frame = frame[os.write(FD, frame) :]
    except OSError:
        raise Gone from None


def receive() -> bytes:
    """The next message; ``Gone`` at the end."""
    (length,) = struct.unpack("<I", _exactly(4))
    if length > MAX_MESSAGE:
        raise Gone
    return _exactly(length)


def _exactly(size: int) -> bytes:
    pieces = []
    while size:
        try:
            piece = os.read(FD, min(size, 1 << 20))
        except OSError:
            raise Gone from None
        if not piece:
            raise Gone
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def builtin_name(thing: Any) -> str | None:
    """``module.name`` of a type or function that both sides have; ``None`` for all else."""
    try:
        module, name = thing.__module__, thing.__name__
    except AttributeError:
        return None
    if type(module) is not str or type(name) is not str or module not in _SOURCES:
        return None
    return f"{module}.{name}" if getattr(_SOURCES[module], name, None) is thing else None


def builtin(path: str) -> Any:
    """The type or function of that ``module.name``."""
    module, _, name = path.partition(".")
    if module not in _SOURCES or not name.isidentifier():
        raise values.BadValue("no builtin")
    found = getattr(_SOURCES[module], name, None)
    if found is None:
        raise values.BadValue("no builtin")
    return found
