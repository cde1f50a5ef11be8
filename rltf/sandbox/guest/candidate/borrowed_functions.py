"""Stand-ins for functions of the test, with the parameters that those have: the judge calls them.

Classes of the test have their parameters and fields in the same way. See judge/lent_functions.py for
what the program is told.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_SOURCE = "{}def made({}): return {}_rltf_call(({}), ({}), ({}), {{{}}})"


class _Default:
    """Stands for a default value of the test, which is not told."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<default>"


_DEFAULT = _Default()


def function(call: Callable[..., Any], parameters: tuple[Any, ...], is_async: bool = False) -> Any:
    """Return a function with these parameters that passes its arguments on to ``call``.

    Args:
        call: What is called with positional arguments and a dict of the others.
        parameters: As in judge/lent_functions.py.
        is_async: Whether it is a coroutine function.
    """

    def pass_on(given: Any, names: Any, rest: Any, named: Any) -> Any:
        named = {name: value for name, value in named.items() if value is not _DEFAULT}
        first = next((at for at, value in enumerate(given) if value is _DEFAULT), None)
        if first is None:
            return call((*given, *rest), named)
        if rest:
            raise TypeError("a default value of the test stands before other arguments")
        by_name = zip(names[first:], given[first:], strict=True)
        named |= {name: value for name, value in by_name if value is not _DEFAULT}
        return call(given[:first], named)

    *described, annotations = parameters
    names = {"_rltf_call": pass_on, "_rltf_default": _DEFAULT}
    exec(_compiled(tuple(described), is_async), names)
    made: Any = names["made"]
    made.__annotations__ = {name: annotation(each) for name, each in annotations}
    return made


def members_of_dataclass(fields: tuple[Any, ...]) -> dict[str, Any]:
    """Return what ``dataclasses`` and ``match`` look for in a dataclass of the test."""
    import dataclasses

    found = {}
    for name, hint, is_parameter, has_default in fields:
        default: Any = {"default": _DEFAULT} if has_default else {}
        field: Any = dataclasses.field(init=is_parameter, **default)
        field.name, field.type = name, annotation(hint or ())
        field._field_type = dataclasses._FIELD  # type: ignore[attr-defined]
        found[name] = field
    names = tuple(name for name, _, is_parameter, _ in fields if is_parameter)
    return {"__dataclass_fields__": found, "__match_args__": names}


@functools.lru_cache(maxsize=256)
def _compiled(parameters: tuple[Any, ...], is_async: bool) -> types.CodeType:
    """Return code that defines a function with these parameters as ``made``."""
    positional, only, needed, by_keyword, required, rest, others = parameters
    listed = [
        name if index < needed else f"{name}=_rltf_default" for index, name in enumerate(positional)
    ]
    if only:
        listed.insert(only, "/")
    if rest or by_keyword:
        listed.append(f"*{rest}")
    listed += [name if name in required else f"{name}=_rltf_default" for name in by_keyword]
    if others:
        listed.append(f"**{others}")
    named = [f"{name!r}: {name}" for name in by_keyword] + ([f"**{others}"] if others else [])
    source = _SOURCE.format(
        "async " * is_async,
        ", ".join(listed),
        "await " * is_async,
        "".join(f"{name}, " for name in positional),
        "".join(f"{name!r}, " for name in positional),
        f"*{rest}," if rest else "",
        ", ".join(named),
    )
    return compile(source, __file__, "exec", dont_inherit=True)


def annotation(described: tuple[Any, ...]) -> Any:
    """Return the annotation that the judge has described."""
    match described:
        case ("class", type() as kind):
            return kind
        case ("union", tuple(parts)):
            return functools.reduce(operator.or_, map(annotation, parts))
        case ("Union", tuple(parts)):
            import typing

            return typing.Union[tuple(map(annotation, parts))]  # noqa: UP007  # as the test has it
        case ("generic", tuple(parts)):
            origin, *arguments = map(annotation, parts)
            return types.GenericAlias(origin, tuple(arguments))
    return None
