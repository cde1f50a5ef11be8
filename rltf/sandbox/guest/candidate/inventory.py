"""What a program's module defines, as the judge is told (judge/program_names.py)."""

from __future__ import annotations

import types

from ..shared import channel
from . import self_description

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_OF_PYTHON = frozenset({"builtins", "functools", "operator", "_operator", "typing", "types"})
"""Modules of the types of callables that are functions, rather than objects of the program's."""


def of(module: types.ModuleType) -> dict[str, tuple[str, str, Any]]:
    """Return what the program's module defines: by name its kind, a detail, and the object."""
    definitions: dict[str, tuple[str, str, Any]] = {}
    for name, thing in list(vars(module).items()):
        if type(name) is not str or (name.startswith("__") and name.endswith("__")):
            continue
        if isinstance(thing, type) and issubclass(thing, BaseException):
            definitions[name] = ("exception", bases(thing, vars(module)), thing)
        elif isinstance(thing, type):
            definitions[name] = ("class", self_description.of_class(thing), thing)
        elif isinstance(thing, types.ModuleType):
            definitions[name] = ("module", str(thing.__name__), thing)
        elif callable(thing) and type(thing).__module__ in _OF_PYTHON:
            definitions[name] = ("function", self_description.kind_of(thing), thing)
        else:
            definitions[name] = ("value", "", thing)
    return definitions


def bases(kind: type, known: dict[str, Any]) -> str:
    """Return the names of a class' bases in the module, or of the builtin classes below them."""
    names = []
    for base in kind.__bases__:
        if known.get(base.__name__) is base:
            names.append(base.__name__)
        elif base.__module__ == "builtins":
            names.append(channel.exception_name(base) if issubclass(base, BaseException) else "")
        else:
            names.append(bases(base, known))
    return ",".join(filter(None, names))
