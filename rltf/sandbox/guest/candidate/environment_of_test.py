"""What a test has changed in the judge's process, done here too: see ``judge/environment.py``."""

from __future__ import annotations

from . import (
    logs_of_test,
    loop_of_test,
    patches_of_test,
    random_state_of_test,
    streams_of_test,
    variables_of_test,
    warning_filters_of_test,
)

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PARTS: dict[str, Any] = {
    "streams": streams_of_test.Streams,
    "patches": patches_of_test.Patches,
    "warnings": warning_filters_of_test.Warnings,
    "logs": logs_of_test.Logs,
    "variables": variables_of_test.Variables,
    "random": random_state_of_test.RandomState,
}


class Environment:
    """All changes of the tests."""

    def __init__(self, flush: Callable[[], None]) -> None:
        self._parts: dict[str, Any] = {}
        self._flush = flush
        self.loops: loop_of_test.Loops | None = None

    def take(self, news: Any) -> None:
        """Do what the test did."""
        name, told = news
        if name not in self._parts:
            if name == "loop":
                self.loops = self._parts[name] = loop_of_test.Loops(self._flush)
            else:
                self._parts[name] = PARTS[name]()
        self._parts[name].take(told)

    def events(self) -> list[tuple[Any, ...]]:
        """Return what the program did since the last call, as messages."""
        told: list[tuple[Any, ...]] = []
        for name, part in self._parts.items():
            events = part.events()
            if events is not None:
                told.append((name, *events))
        return told
