"""Environment variables that the test or the program has set."""

from __future__ import annotations

import os
from typing import Any

_LONGEST = 1 << 20


class Variables:
    """Tells which variables the test has changed, and hears of those that the program has."""

    def __init__(self) -> None:
        self._before = dict(os.environ)
        self._sent: dict[str, str] | None = None

    def news(self) -> Any:
        if self._sent is not None and os.environ == self._sent:
            return None
        now = dict(os.environ)
        whole = self._before if self._sent is None else None
        sent = self._before if self._sent is None else self._sent
        self._sent = now
        return whole, {name: now.get(name) for name in _differing(sent, now)}

    def hear(self, changed: Any) -> None:
        for name, value in changed.items():
            if type(name) is not str or type(value) not in (str, type(None)):
                raise ValueError("no variable")
            if len(name) + len(value or "") > _LONGEST:
                raise ValueError("a long variable")
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._sent = dict(os.environ)

    def reset(self) -> None:
        for name in _differing(self._before, dict(os.environ)):
            if name in self._before:
                os.environ[name] = self._before[name]
            else:
                del os.environ[name]


def _differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]
