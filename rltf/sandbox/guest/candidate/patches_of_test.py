"""Attributes of modules that a test has replaced: see ``judge/patches.py``."""

from __future__ import annotations

import importlib
import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_ABSENT = object()


class Patches:
    """Replaces attributes of modules, and puts them back."""

    def __init__(self) -> None:
        self._own: dict[tuple[str, str], Any] = {}

    def take(self, changed: Any) -> None:
        for name, attribute, kind, *value in changed:
            module = sys.modules.get(name) or importlib.import_module(name)
            key = name, attribute
            if kind == "own":
                self._set(module, attribute, self._own.pop(key, getattr(module, attribute, None)))
                continue
            self._own.setdefault(key, vars(module).get(attribute, _ABSENT))
            self._set(module, attribute, value[0] if value else _ABSENT)

    def _set(self, module: Any, attribute: str, value: Any) -> None:
        if value is not _ABSENT:
            setattr(module, attribute, value)
        elif attribute in vars(module):
            delattr(module, attribute)

    def events(self) -> None:
        """Return nothing: the program's own changes are not told."""
