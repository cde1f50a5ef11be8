"""Environment variables that a test has changed: see ``judge/variables.py``."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


class Variables:
    """Sets variables as the test has, and tells which ones the program has changed."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def take(self, news: Any) -> None:
        whole, changed = news
        if whole is not None:
            self._known = dict(whole)
        for name, value in changed.items():
            if value is None:
                os.environ.pop(name, None)
                self._known.pop(name, None)
            else:
                os.environ[name] = self._known[name] = value

    def events(self) -> tuple[Any, ...] | None:
        """Return the variables that have changed since the last call, or ``None``."""
        if os.environ == self._known:
            return None
        now = dict(os.environ)
        names = [n for n in now.keys() | self._known.keys() if now.get(n) != self._known.get(n)]
        self._known = now
        return ({name: now.get(name) for name in names},)
