"""What ``inspect``, ``typing`` and ``dataclasses`` see of the program's functions and classes.

The program tells it as data, from which the judge makes objects of its own. No text of the program is
ever evaluated here: an annotation that is a text is no ``str`` in the judge.
"""

from __future__ import annotations

import functools
import itertools
import sys
import types
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..shared import channel, values

if TYPE_CHECKING:
    import inspect

# as in ``inspect``, which takes long to import
CO_NESTED, CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR = 0x10, 0x20, 0x80, 0x200
_FLAGS = {
    "generator": CO_GENERATOR,
    "coroutine": CO_COROUTINE,
    "asyncgen": CO_ASYNC_GENERATOR,
}
TOLD = frozenset(
    f"__{name}__"
    for name in (
        *("name", "qualname", "doc", "dict", "match_args", "module", "wrapped", "defaults"),
        *("kwdefaults", "members", "slots", "abstractmethods", "isabstractmethod", "bases", "base"),
        *("mro", "self", "func", "notes", "cause", "context", "suppress_context"),
    )
)
"""Special attributes that the program may answer for."""
TEXTS = frozenset(["__name__", "__qualname__", "__module__", "__doc__"])
"""Those of them that are texts. Libraries may put them into code that they generate."""
_ITERABLES: tuple[Any, ...] = ([], (), {}, "", b"", set(), range(0), {}.items())
TYPES: dict[str, type] = {
    f"{kind.__module__}.{kind.__name__}": kind
    for kind in (
        *(types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, map, filter, zip),
        *(enumerate, reversed, property, functools.partial, functools.cached_property),
        *(type(iter(each)) for each in _ITERABLES),
        *(type(iter({}.values())), type(reversed([])), type(iter(bytearray()))),
        *(kind for kind in vars(itertools).values() if isinstance(kind, type)),
    )
}
"""Types of Python whose instances stay with the program, and which ``isinstance`` names here."""
_MODULES = sys.stdlib_module_names - {
    *(
        "_abc",
        "_asyncio",
        "_collections_abc",
        "_weakrefset",
        "abc",
        "asyncio",
        "builtins",
        "ctypes",
    ),
    *("numbers", "typing", "unittest", "weakref"),
}
"""Packages whose other classes do so too. Libraries treat instances of the rest in ways of their own."""


def class_of_python(name: str) -> type | None:
    """Return a class that ``isinstance`` may find in an object of the program, by ``module.name``.

    Instances of data and of exceptions cross as what they are: who claims their class is none.
    Nothing is an instance of an abstract class alone.
    """
    module, _, attribute = name.rpartition(".")
    if name in TYPES or module.partition(".")[0] not in _MODULES:
        return TYPES.get(name)
    found = vars(sys.modules.get(module, types)).get(attribute)
    if not isinstance(found, type) or (found.__module__, found.__name__) != (module, attribute):
        return None
    is_other = issubclass(found, type | BaseException) or channel.builtin_name(found)
    return None if is_other or getattr(found, "__abstractmethods__", None) else found


class AnnotationText:
    """An annotation that is a text in the program. It is no ``str``: typing would evaluate it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __eq__(self, other: object) -> bool:
        return other == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return repr(self._text)


def hint(how: str, name: str, parts: tuple[Any, ...]) -> Any:
    """Return the hint that the program has described."""
    if how == "text":
        return AnnotationText(name)
    if how == "union":
        return functools.reduce(lambda left, right: left | right, parts)
    if how == "generic":
        kind: Any = parts[0]
        if not isinstance(kind, type):
            raise values.BadValue("no generic class")
        return types.GenericAlias(kind, tuple(parts[1:]))
    form = getattr(typing, name, None) if name in typing.__all__ else None
    if form is None:
        raise values.BadValue("no hint")
    if how == "form":
        return form
    lists = tuple(
        list(part) if type(part) is tuple and name == "Callable" else part for part in parts
    )
    if name != "Literal" and any(map(_has_text, parts)):
        raise values.BadValue("a text as a hint")
    return form[lists if len(lists) != 1 else lists[0]]


def _has_text(part: Any) -> bool:
    """Return whether part of a hint is a text, which typing would compile."""
    if isinstance(part, tuple | list):
        return any(map(_has_text, part))
    return isinstance(part, str)


def signature(ask: Callable[[str], Any]) -> inspect.Signature:
    """Return the signature of a callable of the program."""
    import inspect

    parameters, returns = ask("signature")
    made = [
        inspect.Parameter(
            _plain(name),
            inspect._ParameterKind(kind),
            **{
                key: value[0]
                for key, value in (("default", default), ("annotation", note))
                if value
            },
        )
        for name, kind, default, note in parameters
    ]
    empty = inspect.Signature.empty
    return inspect.Signature(made, return_annotation=returns[0] if returns else empty)


def fields(ask: Callable[[str], Any]) -> dict[str, Any]:
    """Return the fields of a dataclass of the program, as ``dataclasses.fields`` needs them."""
    import dataclasses

    made = {}
    for name, kind, init, shown, hashed, compared, default, factory in ask("fields"):
        options: dict[str, Any] = {"default": default[0]} if default else {}
        if factory:
            options["default_factory"] = factory[0]
        field: Any = dataclasses.field(
            init=init, repr=shown, hash=hashed, compare=compared, **options
        )
        field.name, field.type = _plain(name), kind
        field._field_type = dataclasses._FIELD  # type: ignore[attr-defined]
        made[name] = field
    return made


def _plain(name: Any) -> str:
    """Return a name, which libraries may put into code that they generate."""
    if type(name) is not str:
        raise values.BadValue("a name that is no text")
    return name


def code(kind: str) -> Any:
    """Return what ``inspect.iscoroutinefunction`` and the like look for in a function."""
    flags = sum(_FLAGS.get(name, 0) for name in set(kind.split(",")))
    return types.SimpleNamespace(co_flags=flags | CO_NESTED)


def special(thing: Any, name: str, ask: Callable[..., Any]) -> Any:
    """Return a special attribute that is made here of what the program tells.

    Raise ``KeyError`` for all others.
    """
    return _MADE[name](lambda *how: ask("operate", "describe", (thing, *how)))


_MADE: dict[str, Callable[[Callable[..., Any]], Any]] = {
    "__signature__": signature,
    "__annotations__": lambda ask: ask("annotations"),
    "__dataclass_fields__": fields,
}


def replace_get_type_hints(is_stub: Callable[[Any], bool]) -> None:
    """Make ``typing.get_type_hints`` ask the program about what is the program's."""
    original = typing.get_type_hints

    @functools.wraps(original)
    def get_type_hints(
        obj: Any, globalns: Any = None, localns: Any = None, include_extras: bool = False
    ) -> Any:
        if not is_stub(obj):
            return original(obj, globalns, localns, include_extras)
        return obj._rltf_session.request("operate", "describe", (obj, "hints", include_extras))

    typing.get_type_hints = get_type_hints
