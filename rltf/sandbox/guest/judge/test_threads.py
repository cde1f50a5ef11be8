"""Threads of a test: before the first one, both sides begin to expect several."""

from __future__ import annotations

import _thread
import threading
from typing import Any

from ..shared import conversations

_STARTERS = (
    (threading, "_start_new_thread"),
    (threading, "_start_joinable_thread"),
    (_thread, "start_new_thread"),
)
"""Where Python starts threads, by version."""
_lines: list[conversations.Line] = []


def share_before_threads(line: conversations.Line) -> None:
    """Share this line as soon as the test starts a thread."""
    _lines[:] = [line]


def _sharing(start: Any) -> Any:
    def start_thread(*args: Any, **kwargs: Any) -> Any:
        for line in _lines:
            line.share()
        return start(*args, **kwargs)

    return start_thread


for _module, _name in _STARTERS:
    if hasattr(_module, _name):
        setattr(_module, _name, _sharing(getattr(_module, _name)))
