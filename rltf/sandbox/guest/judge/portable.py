"""What may cross between judge and candidate, and in which form."""

from __future__ import annotations

from typing import Any

from ..shared import channel, exceptions
from . import object_handles
from .findings import NOTHING

_PLAIN = (str, bytes, int, float, bool, type(None))
_MOST_ARGUMENTS = 8


def described(name: str, message: str, place: list[Any]) -> tuple[Any, ...]:
    """Return the description of an exception. A program may have forged it."""
    return name[: exceptions.MAX_NAME], message[: exceptions.MAX_MESSAGE], *_place(place)


def _place(rest: list[Any]) -> tuple[Any, ...]:
    """Return the rest of a description after name and message."""
    match rest:
        case [*numbers, str(during), str(cause)] if len(numbers) == 4:
            is_known = [type(number) is int and 0 < number < 1 << 31 for number in numbers]
            span = (
                number if known else None for number, known in zip(numbers, is_known, strict=True)
            )
            return *span, during[:10], cause[:10]
    return *NOTHING[2:6], "test", ""


def error(raised: BaseException) -> tuple[str, tuple[Any, ...]]:
    """Return what a program may know about an exception of the test: no message with the answer."""
    name = channel.exception_name(type(raised))
    if isinstance(raised, AssertionError) and not object_handles.came_from_program(raised):
        return name, ()
    args: tuple[Any, ...] = vars(BaseException)["args"].__get__(raised)
    if isinstance(raised, OSError) and raised.filename is not None:
        args = *args, raised.filename
    is_plain = len(args) <= _MOST_ARGUMENTS and all(type(each) in _PLAIN for each in args)
    return name, args if is_plain else (str(raised),)


def may_come_back(error: BaseException) -> bool:
    """Return whether the program may raise the test's own exception again, whenever it wants.

    Not what makes a test skipped or unjudged.
    """
    kind = type(error)
    exits = (Exception, SystemExit, KeyboardInterrupt)
    is_exit = isinstance(error, exits) or is_derived(kind, "asyncio.exceptions", "CancelledError")
    return is_exit and not is_derived(kind, "unittest.case", "SkipTest")


def is_derived(kind: type, module: str, name: str) -> bool:
    """Return whether a class is derived from one of Python's, whose module may not be loaded."""
    return any(base.__module__ == module and base.__name__ == name for base in kind.__mro__)
