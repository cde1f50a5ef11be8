"""What the program is told of functions and classes of the test: parameters and fields.

A program that curries, injects arguments or checks types looks at them (``inspect.signature(fn)``,
``fn.__code__.co_argcount``). Default values are not told, since a test may keep an answer there.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Collection
from typing import Any

from ..shared import channel
from ..test_code import test_cases
from .portable import is_derived

# as in ``inspect``, which takes long to import
_CO_VARARGS, _CO_VARKEYWORDS = 0x04, 0x08
_DEEPEST = 5
"""Levels of an annotation that is told."""
_NONE: tuple[Any, ...] = ((), 0, 0, (), (), "", "", ())
"""What ``parameters`` returns for a function without parameters."""
_UNIONS: dict[Any, str] = {types.UnionType: "union", typing.Union: "Union"}


def parameters(
    function: Any, is_bound: bool = False, untold: Collection[int] = ()
) -> tuple[Any, ...] | None:
    """Return the parameters of a function of Python's own kind, otherwise ``None``.

    These are the positional names, how many of them are positional only, how many have no default,
    the names by keyword only, those of them that have no default, the names of ``*args`` and
    ``**kwargs`` or texts without characters, and pairs of a name and its annotation.

    Args:
        function: The function, or a method.
        is_bound: Whether a function has its first argument, as a method has.
        untold: Ids of classes that the program cannot be told of in an annotation.
    """
    if isinstance(function, types.MethodType):
        function, is_bound = function.__func__, True
    if type(function) is not types.FunctionType or hasattr(function, "__wrapped__"):
        return None
    code, count, first = function.__code__, function.__code__.co_argcount, int(is_bound)
    if count < first:
        return None
    names = code.co_varnames
    by_keyword = names[count : count + code.co_kwonlyargcount]
    rest = iter(names[count + code.co_kwonlyargcount :])
    return (
        names[first:count],
        max(code.co_posonlyargcount - first, 0),
        max(count - len(function.__defaults__ or ()) - first, 0),
        by_keyword,
        tuple(name for name in by_keyword if name not in (function.__kwdefaults__ or {})),
        next(rest) if code.co_flags & _CO_VARARGS else "",
        next(rest) if code.co_flags & _CO_VARKEYWORDS else "",
        _annotations(function, untold),
    )


def of_class(kind: type, untold: Collection[int]) -> tuple[Any, ...]:
    """Return the parameters that make an object of a class, and the fields of a dataclass.

    A field is its name, its annotation, whether it is a parameter, and whether it has a default.
    """
    fields = tuple(
        (name, _described(field.type, _DEEPEST, untold), field.init, _has_default(field))
        for name, field in getattr(kind, "__dataclass_fields__", {}).items()
        if field._field_type.name == "_FIELD"
    )
    makes: Any = kind.__new__
    made_by: Any = kind.__init__  # type: ignore[misc]
    if makes is not object.__new__:
        return None, fields
    if made_by is object.__init__:
        return _NONE, fields
    return parameters(made_by, is_bound=True, untold=untold), fields


def _has_default(field: Any) -> bool:
    import dataclasses

    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


def _annotations(function: types.FunctionType, untold: Collection[int]) -> tuple[Any, ...]:
    """Return those annotations that are made of classes only."""
    told = []
    for name, hint in function.__annotations__.items():
        described = _described(hint, _DEEPEST, untold)
        if described is not None:
            told.append((name, described))
    return tuple(told)


def _described(hint: Any, levels: int, untold: Collection[int]) -> tuple[Any, ...] | None:
    """Return an annotation that is made of classes only, otherwise ``None``."""
    if hint is None or hint is type(None):
        return ("none",)
    if isinstance(hint, type) and not isinstance(hint, types.GenericAlias):
        return ("class", hint) if id(hint) not in untold and _crosses(hint) else None
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    how = _UNIONS.get(origin, "generic")
    if not levels or not parts or (how == "generic" and not isinstance(origin, type)):
        return None
    described = tuple(_described(part, levels - 1, untold) for part in parts)
    if how == "generic":
        described = (_described(origin, 0, untold), *described)
    return None if None in described else (how, described)


def _crosses(kind: type) -> bool:
    """Return whether a class is one of data, of the program or of the test."""
    if kind.__module__ == test_cases.MODULE:
        return type(kind) is type and not is_derived(kind, "unittest.case", "TestCase")
    return channel.builtin_name(kind) is not None or hasattr(kind, "_rltf_class")
