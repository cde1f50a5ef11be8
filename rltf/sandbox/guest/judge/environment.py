"""What a test has changed in its own process that the program would see if it were there too.

Streams, attributes of standard modules, filters of warnings, handlers of logs, environment
variables, the state of ``random``. Before each message the judge tells the candidate what has
changed since the last one, in messages that need no answer: ("streams", changed) and so on. The
candidate does the same there, and tells what the program has written, warned of or logged since, in
messages that come before its replies.

Only tests whose text hints at such a change have an environment.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from . import event_loop, logs, patches, random_state, streams, variables, warning_filters

_HINTS = re.compile(
    r"\b(?:sys|builtins|StringIO|redirect_\w+|cap(?:sys|fd)\w*|buffer\w*|\w*patch\w*|\w*[mM]ock\w*"
    r"|setattr|delattr|\w*warn\w*|assertWarns\w*|caplog|logging|assert(?:No)?Logs|environ|\w*getenv"
    r"|seed|setstate|asyncio|await|anyio|Isolated\w+)\b|^[ \t]*[A-Za-z_]\w*\.[\w.]+\s*=(?!=)",
    re.MULTILINE,
)


class Part(Protocol):
    """One kind of change."""

    def news(self) -> Any:
        """Return what has changed since the last call, or ``None``."""
        ...

    def hear(self, *told: Any) -> None:
        """Do here what the program did there. Raise ``ValueError`` for what makes no sense."""
        ...

    def reset(self) -> None:
        """Put back what the test has changed."""
        ...


class Environment:
    """All changes of one test."""

    def __init__(self, code: str, request: Callable[..., Any]) -> None:
        self._parts: dict[str, Part] = {}
        if re.search(r"seed|setstate", code):
            self._parts["random"] = random_state.RandomState(code)
        self._parts["streams"] = streams.Streams()
        self._parts["patches"] = patches.Patches(code)
        if re.search(r"asyncio|Asyncio|await|anyio", code):
            self._parts["loop"] = event_loop.Loops(request)
        if "warn" in code or "Warn" in code:
            self._parts["warnings"] = warning_filters.Warnings()
        if re.search(r"caplog|logging|Logs\b", code):
            self._parts["logs"] = logs.Logs()
        if re.search(r"environ|getenv|setenv|delenv", code):
            self._parts["variables"] = variables.Variables()

    @property
    def hears_at_once(self) -> bool:
        """Whether the test may look for what the program changed while it was loaded."""
        return "variables" in self._parts

    def news(self) -> list[list[Any]]:
        """Return what has changed since the last call, as messages in boxes."""
        told: list[list[Any]] = []
        for name, part in self._parts.items():
            news = part.news()
            if news is not None:
                told.append([(name, news)])
        return told

    def hear(self, message: Any) -> bool:
        """Take a message that needs no answer. Return whether it was one.

        Raises:
            ValueError: Our own side never sends such a message.
        """
        match message:
            case (str(name), *told) if name in self._parts:
                self._parts[name].hear(*told)
                return True
        return False

    def reset(self) -> None:
        """Put back what the test has changed here. ``news`` then tells so."""
        for part in self._parts.values():
            part.reset()


def of(code: str, request: Callable[..., Any]) -> Environment | None:
    """Return the environment of a test, or ``None`` if its code changes nothing."""
    return Environment(code, request) if _HINTS.search(code) else None
