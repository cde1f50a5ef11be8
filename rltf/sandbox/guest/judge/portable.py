"""What may cross between judge and candidate, and in which form."""

from __future__ import annotations

import asyncio
import unittest
from typing import Any

from ..shared import channel, exceptions
from . import object_handles
from .findings import NOTHING


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
    is_safe = object_handles.came_from_program(raised) or not isinstance(raised, AssertionError)
    return channel.exception_name(type(raised)), (str(raised),) if is_safe else ()


def may_come_back(error: BaseException) -> bool:
    """Return whether the program may raise the test's own exception again, whenever it wants.

    Not what makes a test skipped or unjudged.
    """
    exits = (Exception, SystemExit, KeyboardInterrupt, asyncio.CancelledError)
    return isinstance(error, exits) and not isinstance(error, unittest.SkipTest)
