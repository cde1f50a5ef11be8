"""Filters of warnings that a test has set: see ``judge/warning_filters.py``."""

from __future__ import annotations

import re
import warnings

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_MOST = 10_000
"""Warnings that are kept for the judge between two messages."""


class Warnings:
    """Sets filters as the test has, and tells of warnings instead of printing them."""

    def __init__(self) -> None:
        self._own: Any = None
        """Filters and functions that are in place while the test has changed nothing."""
        self._warned: list[Any] = []

    def take(self, news: Any) -> None:
        filters, keeps_own, records = news
        if self._own is None:
            impl = getattr(warnings, "_showwarnmsg_impl", None)
            self._own = warnings.filters, warnings.showwarning, impl
        own, show, impl = self._own
        added = [_filter(each) for each in filters]
        warnings.filters = own if not added and keeps_own else [*added, *(own if keeps_own else ())]
        warnings._showwarnmsg_impl = self._record if records else impl  # type: ignore[attr-defined]
        if records:
            warnings.showwarning = getattr(warnings, "_showwarning_orig", show)
        else:
            warnings.showwarning = show
        warnings._filters_mutated()  # type: ignore[attr-defined]
        if not added and keeps_own and not records:
            self._own = None

    def _record(self, shown: Any) -> None:
        if len(self._warned) < _MOST:
            self._warned.append(
                (shown.message, shown.category, str(shown.filename), int(shown.lineno))
            )

    def events(self) -> tuple[Any, ...] | None:
        """Return the warnings since the last call, or ``None``."""
        if not self._warned:
            return None
        warned, self._warned = tuple(self._warned), []
        return (warned,)


def _filter(told: Any) -> tuple[Any, ...]:
    action, message, category, module, line = told
    return action, _pattern(message), category, _pattern(module), line


def _pattern(told: Any) -> Any:
    if not told:
        return told
    text, flags = told
    return text if flags is None else re.compile(text, flags)
