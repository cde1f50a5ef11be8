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
# What may be named to the other side: types and functions that only compute. Nothing that runs code,
# opens, imports, or reaches into objects: a program may put any name on the channel.
_BUILTINS = """
    abs all any ascii bin bool bytes chr complex dict divmod enumerate filter float format frozenset
    hex int len list map max min oct ord pow range repr reversed round set sorted str sum tuple zip
"""
_OPERATORS = """
    abs add and_ concat contains countOf eq floordiv ge getitem gt index invert is_ is_not le lshift lt
    matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor
"""
_BY_NAME = (
    {f"builtins.{name}": getattr(builtins, name) for name in _BUILTINS.split()}
    | {f"operator.{name}": getattr(operator, name) for name in _OPERATORS.split()}
    | {f"math.{name}": getattr(math, name) for name in dir(math) if callable(getattr(math, name))}
)
_NAMES = {id(thing): name for name, thing in reversed(_BY_NAME.items())}


class Gone(BaseException):
    """The other side has closed the channel. No ``except Exception`` of a test may swallow it."""


class Misuse(BaseException):
    """The program wrote on the channel what our Python side never writes."""


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


def builtin_name(thing: object) -> str | None:
    """``module.name`` of a type or function that both sides have; ``None`` for all else."""
    return _NAMES.get(id(thing))


def builtin(path: str) -> Any:
    """The type or function of that ``module.name``."""
    if path not in _BY_NAME:
        raise values.BadValue("no builtin")
    return _BY_NAME[path]
