"""What a program's functions and classes say of themselves, as data for ``inspect`` and the like."""

from __future__ import annotations

import sys
import types

from ..shared import subclass_values, values

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_LONGEST_NAME = 200
_FLAGS = ((0x20, "generator"), (0x80, "coroutine"), (0x200, "asyncgen"))
_ANY_FLAG = 0x20 | 0x80 | 0x200
_MADE_BY_CLASS = 1 << 9
"""``Py_TPFLAGS_HEAPTYPE``: a ``class`` statement makes such types, and so do some modules in C."""


def kind_of(thing: Any) -> str:
    """Return what a callable is: ``function`` or ``method``, what calling it makes, or nothing."""
    if type(thing) is types.MethodType:
        kind, code = "method", getattr(thing.__func__, "__code__", None)
    elif type(thing) is types.FunctionType:
        kind, code = "function", thing.__code__
    else:
        return ""
    flags = getattr(code, "co_flags", 0)
    if flags & _ANY_FLAG:
        kind = ",".join([kind, *(name for flag, name in _FLAGS if flags & flag)])
    return kind


def of_class(kind: type) -> str:
    """Describe a class for the judge.

    That is its operations, its abstract bases of Python, its name in Python, its qualified name.
    """
    described = subclass_values.told(kind)
    abstract = [
        base.__name__
        for base in kind.__mro__
        if base.__module__ in ("collections.abc", "abc") and _is_of_python(base)
    ]
    if abstract:
        described += f"&{','.join(abstract)}"
    if _is_of_python(kind):
        described += f"@{kind.__module__}.{kind.__name__}"
    if kind.__qualname__ != kind.__name__:
        described += f"#{kind.__qualname__[:_LONGEST_NAME]}"
    return described


def _is_of_python(kind: type) -> bool:
    """Return whether a class is one of the standard library, whatever it says of its module."""
    module = str(kind.__module__)
    if module.partition(".")[0] not in sys.stdlib_module_names:
        return False
    is_written_in_c = not kind.__flags__ & _MADE_BY_CLASS
    return is_written_in_c or getattr(sys.modules.get(module), kind.__name__, None) is kind


def _signature(thing: Any) -> Any:
    """Return the parameters of a callable, and its annotation."""
    import inspect

    signature = inspect.signature(thing)
    empty = inspect.Parameter.empty

    def optional(value: Any) -> Any:
        return () if value is empty else (value,)

    parameters = tuple(
        (each.name, int(each.kind), optional(each.default), optional(_hint(each.annotation)))
        for each in signature.parameters.values()
    )
    return parameters, optional(_hint(signature.return_annotation))


def _annotations(thing: Any) -> Any:
    return {name: _hint(hint) for name, hint in thing.__annotations__.items()}


def _hints(thing: Any, include_extras: bool) -> Any:
    import typing

    hints = typing.get_type_hints(thing, include_extras=include_extras)
    return {name: _hint(hint) for name, hint in hints.items()}


def _fields(thing: Any) -> Any:
    """Return the fields of a dataclass."""
    import dataclasses

    missing = dataclasses.MISSING
    return [
        (
            *(field.name, _hint(field.type), field.init, field.repr, field.hash, field.compare),
            *(
                () if given is missing else (given,)
                for given in (field.default, field.default_factory)
            ),
        )
        for field in dataclasses.fields(thing)
    ]


def _hint(hint: Any) -> Any:
    """Return a hint as something that crosses: the judge must not evaluate a program's text."""
    import typing

    if isinstance(hint, str):
        return Hint("text", str(hint))
    if hint is None or isinstance(hint, type(None)):
        return None
    origin = typing.get_origin(hint)
    if origin is None:
        is_form = getattr(typing, str(getattr(hint, "_name", None)), None) is hint
        return Hint("form", hint._name) if is_form else hint
    parts = tuple(
        tuple(map(_hint, part)) if isinstance(part, list) else _hint(part)
        for part in typing.get_args(hint)
    )
    name = str(getattr(hint, "_name", None))
    if isinstance(hint, types.UnionType):
        return Hint("union", "", parts)
    if origin is typing.Union:
        return Hint("alias", "Union", parts)
    if type(hint).__module__ == "typing" and getattr(typing, name, None) is not None:
        return Hint("alias", name, parts)
    return Hint("generic", "", (origin, *parts))


class Hint:
    """A hint of the typing module: how to make it again."""

    def __init__(self, how: str, name: str, parts: tuple[Any, ...] = ()) -> None:
        self.parts = ("hint", how, name, parts)

    def encode(self, extend: Any) -> bytes:
        """Return the extension that describes it."""
        return values.encode(self.parts, extend)


DESCRIPTIONS: dict[str, Any] = {
    "signature": _signature,
    "annotations": _annotations,
    "hints": _hints,
    "fields": _fields,
}
