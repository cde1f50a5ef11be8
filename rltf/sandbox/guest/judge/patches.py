"""Attributes of standard modules that a test has replaced, as with ``unittest.mock.patch``."""

from __future__ import annotations

import importlib
import re
import sys
import types
from typing import Any

_ABSENT = object()
_WORDS = re.compile(r"[A-Za-z_]\w*")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_QUOTED = re.compile(rf"[\"']({_DOTTED.pattern})[\"']")
_CLOSED = frozenset(
    ["unittest", "pytest", "_pytest", "solution", "antigravity", "this", "idlelib", "__future__"]
)
"""Modules that belong to the test alone, or do something when they are imported."""
_OF_PARTS = {
    "sys": {"stdin", "stdout", "stderr", "modules", "path", "last_type", "last_value"},
    "warnings": {"filters", "showwarning", "formatwarning", "onceregistry", "defaultaction"},
}
"""What other parts of the environment tell, or nothing tells."""


def _watched(code: str) -> dict[str, types.ModuleType]:
    """Return the modules by name whose attributes the code of a test may replace."""
    quoted = {name.rpartition(".")[0] for name in _QUOTED.findall(code)}
    quoted |= {name.rpartition(".")[0] for name in quoted}
    names = {"builtins", "sys", *_WORDS.findall(code), *_DOTTED.findall(code), *quoted} - {""}
    modules: dict[str, types.ModuleType] = {}
    for name in sorted(names):
        top = name.partition(".")[0]
        if top in _CLOSED or not (top in sys.stdlib_module_names or top in sys.modules):
            continue
        if name not in sys.modules and (name in quoted or name == top):
            if not re.search(rf"\b{re.escape(name)}\b", code):
                continue
            try:
                importlib.import_module(name)
            except ImportError:
                continue
        module = sys.modules.get(name)
        if type(module) is types.ModuleType:
            modules[name] = module
    return modules


class Patches:
    """Tells which attributes of modules a test has replaced, and when it has put them back."""

    def __init__(self, code: str) -> None:
        self._modules = _watched(code)
        self._before = {name: dict(vars(module)) for name, module in self._modules.items()}
        self._sent: dict[str, dict[str, Any]] = {name: {} for name in self._modules}
        self._argv = list(sys.argv)

    def news(self) -> Any:
        changed: list[tuple[Any, ...]] = []
        for name, module in self._modules.items():
            now = self._changes(name, module)
            sent = self._sent[name]
            if now == sent == {}:
                continue
            for attribute in sent.keys() - now.keys():
                changed.append((name, attribute, "own"))
            for attribute, value in now.items():
                if sent.get(attribute, _ABSENT) is not value:
                    absent = value is _ABSENT
                    changed.append(
                        (name, attribute, "absent") if absent else (name, attribute, "is", value)
                    )
            self._sent[name] = now
        return tuple(changed) or None

    def _changes(self, name: str, module: types.ModuleType) -> dict[str, Any]:
        now, before = vars(module), self._before[name]
        changes: dict[str, Any] = {}
        if not _same(now, before):
            left_out = _OF_PARTS.get(name, set())
            for attribute in now.keys() | before.keys():
                value = now.get(attribute, _ABSENT)
                own = before.get(attribute, _ABSENT)
                if value is own or attribute in left_out or attribute[:1] == "_":
                    continue
                if own is _ABSENT and (not callable(value) or isinstance(value, type)):
                    continue  # nothing that the program could be looking for
                if not isinstance(value, types.ModuleType):
                    changes[attribute] = value
        if name == "sys" and sys.argv != self._argv:
            changes["argv"] = self._sent["sys"].get("argv")
            if changes["argv"] != sys.argv:
                changes["argv"] = list(sys.argv)
        return changes

    def hear(self, *told: Any) -> None:
        raise ValueError("nothing is told of patches")

    def reset(self) -> None:
        for name, module in self._modules.items():
            for attribute in self._sent[name]:
                before = self._before[name].get(attribute, _ABSENT)
                if before is not _ABSENT:
                    setattr(module, attribute, before)
                elif hasattr(module, attribute):
                    delattr(module, attribute)
        sys.argv[:] = self._argv


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    try:
        return one == other
    except Exception:  # of values that cannot be compared, which must have been changed
        return False
