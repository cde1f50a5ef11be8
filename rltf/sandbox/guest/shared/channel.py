"""The socket between a judge and the candidate it calls: messages that are values.

Requests of the judge, answered by one reply each:
    ("call", target, args, kwargs)    ("get", target, name)      ("set", target, name, value)
    ("operate", name, operands)       keyword arguments are pairs: a dict would be a container
Replies: ("value", value), ("raised", exception, description). While the judge waits for a reply,
the candidate may send ("ask", operation, number, operands …) about an object or a function of the
test, and gets ("value", value) or ("raised", exception). An operation is one of Python's protocols,
or ``await …`` (judge/lent_awaitables.py). Messages that need no answer, from either side: what a test
has changed in its process, and what the program did there (judge/environment.py). Containers that
both sides hold travel with any message (shared_containers.py). Several threads share the channel
(conversations.py).

Extensions of values on this channel. From the candidate:
    ("handle", number, its class)         an object that stays where it is
    ("class", number, name, operations)   a class that the program's module does not name
    ("function", number, kind)            a function or a method
    ("name", name)                        what the program's module names
    ("exception", number, name, bases)    an exception of a class of the program's own
    ("raised", number, name, args, attributes, cause, context, suppressed)   of a class of Python's
    ("error", name, args)                 the same, if that is all there is to tell
    ("hint", how, name, parts)            a hint of the typing module
    ("own", number)                       an object of the test
    ("own error", number, attributes)     an exception of the test, with what the program has set
    ("stream", name)                      a standard stream
    ("builtin", name)                     a type or function that both sides have
From the judge: ("handle", number), ("name", name), ("builtin", name), ("error", name, args), and
objects of the test (judge/lent_objects.py):
    ("lent", number)                      one that the program knows
    ("lent", number, class)               ("lent data", number, class): it is data as well
    ("lent class", number, name, doc, how, operations, operations of its class, bases,
     parameters, fields)
    ("lent error", number, class, args)   an exception; the class may be a name
    ("function", number, name, doc, is async, parameters)
    ("iterator", number)                  ("coroutine", number, name)
"""

from __future__ import annotations

import builtins
import collections
import datetime
import decimal
import fractions
import importlib
import math
import operator
import struct
import sys
from os import read as _read  # a test may replace those in os
from os import write as _write

from . import data_types, values, wire

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

MAX_MESSAGE = 64 * 1024 * 1024
# What either side may name: types and functions that only compute, since a program may put any
# name on the channel. Nothing that runs code, opens files, imports, or reaches into objects.
_BUILTINS = """
    abs all any ascii bin bool bytearray bytes chr complex dict divmod enumerate filter float format
    frozenset hex int len list map max memoryview min object oct ord pow range repr reversed round set
    slice sorted str sum tuple zip
"""
_OPERATORS = """
    abs add and_ concat contains countOf eq floordiv ge getitem gt index invert is_ is_not le lshift lt
    matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor
"""
_KINDS = (
    *(collections.Counter, collections.OrderedDict, collections.defaultdict, collections.deque),
    *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta),
    *(decimal.Decimal, fractions.Fraction),
)
"""Types of values that cross as data."""


def _is_error(thing: object) -> bool:
    """Return whether it is an ``Exception``: a test that catches more would catch ``Gone``."""
    return isinstance(thing, type) and issubclass(thing, Exception)


_BY_NAME = (
    {f"builtins.{name}": getattr(builtins, name) for name in _BUILTINS.split()}
    | {f"operator.{name}": getattr(operator, name) for name in _OPERATORS.split()}
    | {f"math.{name}": getattr(math, name) for name in dir(math) if callable(getattr(math, name))}
    | {f"{kind.__module__}.{kind.__name__}": kind for kind in _KINDS}
    | {f"builtins.{name}": kind for name, kind in vars(builtins).items() if _is_error(kind)}
    | {"types.NoneType": type(None)}
)
_EXCEPTIONS = """
    asyncio.CancelledError asyncio.InvalidStateError asyncio.QueueEmpty asyncio.QueueFull
    binascii.Error configparser.Error configparser.NoOptionError configparser.NoSectionError
    csv.Error dataclasses.FrozenInstanceError decimal.DivisionByZero decimal.InvalidOperation
    ftplib.error_perm ftplib.error_temp http.client.HTTPException json.JSONDecodeError queue.Empty
    queue.Full re.error shutil.Error smtplib.SMTPAuthenticationError smtplib.SMTPConnectError
    smtplib.SMTPException smtplib.SMTPServerDisconnected socket.gaierror socket.herror sqlite3.Error
    sqlite3.DatabaseError sqlite3.IntegrityError sqlite3.OperationalError ssl.SSLError
    statistics.StatisticsError struct.error subprocess.CalledProcessError
    subprocess.SubprocessError subprocess.TimeoutExpired tarfile.TarError urllib.error.HTTPError
    urllib.error.URLError xml.etree.ElementTree.ParseError zipfile.BadZipFile zlib.error
"""
"""Exceptions beside the builtin ones. All of them mean only an error to code that catches them."""
MAY_STOP = ("next", "anext", "send", "throw")
"""Operations that may end an iteration."""
_NAMES = {id(thing): name for name, thing in reversed(_BY_NAME.items())}


class Gone(BaseException):
    """The other side has closed the channel. No ``except Exception`` of a test may swallow it."""


class Misuse(BaseException):
    """The other side sent something that our Python side never sends."""


def send(data: bytes) -> None:
    """Send one message. Raise ``Gone`` when nobody will read it."""
    frame = memoryview(struct.pack("<I", len(data)) + data)
    try:
        while frame:
            frame = frame[_write(wire.CHANNEL_FD, frame) :]
    except OSError:
        raise Gone from None


def receive() -> bytes:
    """Return the next message. Raise ``Gone`` at the end, ``Misuse`` if it is too long."""
    (length,) = struct.unpack("<I", _exactly(4))
    if length > MAX_MESSAGE:
        raise Misuse
    return _exactly(length)


def _exactly(size: int) -> bytes:
    pieces = []
    while size:
        try:
            piece = _read(wire.CHANNEL_FD, min(size, 1 << 20))
        except OSError:
            raise Gone from None
        if not piece:
            raise Gone
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def builtin_name(thing: object) -> str | None:
    """Return ``module.name`` of a type or function that both sides have, otherwise ``None``."""
    return _NAMES.get(id(thing)) or data_types.name_of(thing)


def builtin(path: str) -> Any:
    """Return the type or function of that ``module.name``."""
    if path in _BY_NAME:
        return _BY_NAME[path]
    try:
        return data_types.named(path)
    except (KeyError, ImportError):
        raise values.BadValue("no builtin") from None


def exception_name(kind: type[BaseException]) -> str:
    """Return the name of the nearest exception class that both sides have."""
    for base in kind.__mro__:
        if getattr(builtins, base.__name__, None) is base:
            return str(base.__name__)
        for path in _EXCEPTIONS.split():
            module, _, name = path.rpartition(".")
            if getattr(sys.modules.get(module), name, None) is base:
                return path
    return "Exception"


def exception_type(name: str) -> type[BaseException] | None:
    """Return the exception class of that name, or ``None`` if the channel knows none."""
    module, _, attribute = name.rpartition(".")
    if module and name not in _EXCEPTIONS.split():
        return None
    where = importlib.import_module(module) if module else builtins
    value = getattr(where, attribute, None)
    return value if isinstance(value, type) and issubclass(value, BaseException) else None


def error(name: str, args: tuple[Any, ...]) -> BaseException:
    """Return an exception of that name, with these arguments."""
    kind = exception_type(name) or Exception
    try:
        return kind(*args)
    except Exception:
        made = kind.__new__(kind)
        made.args = args
        return made
