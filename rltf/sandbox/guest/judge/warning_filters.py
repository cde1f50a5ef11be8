"""Filters of warnings that a test has set, and warnings that the program gives."""

from __future__ import annotations

import warnings
from typing import Any

from ..shared import channel
from . import function_stubs

_OWN: tuple[Any, ...] = (warnings.showwarning, getattr(warnings, "_showwarnmsg_impl", None))
_LONGEST = 1 << 20


class Warnings:
    """Tells whether and which warnings are recorded, and records those of the program."""

    def __init__(self) -> None:
        self._filters = list(warnings.filters)
        self._before = warnings.filters
        self._sent: tuple[Any, ...] = (tuple(self._filters), False)

    def news(self) -> Any:
        shows = (warnings.showwarning, getattr(warnings, "_showwarnmsg_impl", None))
        now = tuple(warnings.filters), shows != _OWN
        if now == self._sent:
            return None
        self._sent = now
        filters, records = now
        own = len(self._filters)
        keeps_own = not own or list(filters[-own:]) == self._filters
        added = filters[: len(filters) - own] if keeps_own else filters
        return tuple(map(_portable, filter(_can_cross, added))), keeps_own, records

    def hear(self, warned: Any) -> None:
        for message, category, filename, line in warned:
            if not (isinstance(category, type) and issubclass(category, Warning)):
                raise ValueError("no category")
            if not isinstance(message, category) or type(filename) is not str:
                raise ValueError("no warning")
            if type(line) is not int or not 0 <= line < 1 << 31 or len(filename) > _LONGEST:
                raise ValueError("no place")
            shown = warnings.WarningMessage(message, category, filename, line)
            warnings._showwarnmsg(shown)  # type: ignore[attr-defined]

    def reset(self) -> None:
        warnings.filters = self._before
        warnings.filters[:] = self._filters  # type: ignore[index]
        warnings.showwarning = _OWN[0]
        if _OWN[1] is not None:
            warnings._showwarnmsg_impl = _OWN[1]  # type: ignore[attr-defined]
        warnings._filters_mutated()  # type: ignore[attr-defined]


def _can_cross(one: Any) -> bool:
    """Return whether a filter concerns a category that the program may have."""
    category = one[2]
    is_known = channel.builtin_name(category) is not None
    return is_known or isinstance(category, function_stubs.ExceptionStub)


def _portable(one: Any) -> tuple[Any, ...]:
    action, message, category, module, line = one
    return action, _pattern(message), category, _pattern(module), line


def _pattern(pattern: Any) -> Any:
    return pattern and ((pattern, None) if isinstance(pattern, str) else _parts(pattern))


def _parts(pattern: Any) -> tuple[str, int]:
    return pattern.pattern, pattern.flags
