"""The special methods of handles, by the names of operations (shared/protocols.py)."""

from __future__ import annotations

import collections
import fractions
from collections.abc import Callable
from typing import Any

from ..shared import protocols
from . import equal_data
from .object_handles import PLAIN, Handle, Stub, ask, is_named, mixed, told

_HOLDERS = (
    *(collections.UserDict, collections.UserList, collections.UserString, fractions.Fraction),
)


def _unary(name: str) -> Callable[..., Any]:
    return lambda self, *operands: told(self, name, *operands)


def _arithmetic(name: str, reflected: bool) -> Callable[..., Any]:
    def method(self: Handle, other: Any, *modulus: Any) -> Any:
        both = isinstance(other, Stub)
        is_made = self._rltf_made
        if not both and not (type(other) in PLAIN and (is_made or is_named(self))):
            return NotImplemented
        operands = (other, self) if reflected else (self, other, *modulus)
        answer = self._rltf_session.request("operate", name, operands)
        if answer is self and name.startswith("i"):  # still the object that the test has made
            object.__setattr__(self, "_rltf_made", is_made)
        if is_made if not both else not (self._rltf_mixed or other._rltf_mixed):
            return answer
        return mixed(self, answer, name)

    return method


def _comparison(name: str) -> Callable[..., Any]:
    def method(self: Handle, other: Any) -> Any:
        if isinstance(other, Stub):
            return ask(name, self, other)
        if type(other) not in PLAIN:
            return NotImplemented
        if name in ("eq", "ne") and (equal := equal_data.compare(self, other)) is not None:
            return equal is (name == "eq")
        if self._rltf_made:
            self._rltf_session.compared_with_data = type(self).__name__
        return NotImplemented

    return method


def _equals_as_held(self: Handle, other: Any) -> Any:
    """Compare an instance of a subclass of UserDict, UserList … here, by what it holds."""
    if isinstance(other, Stub):
        return ask("eq", self, other)
    data = ask("data", self)
    return data == other if type(data) in _HOLDERS else NotImplemented


def _array(self: Handle, dtype: Any = None, copy: bool | None = None) -> Any:
    """Return the array that numpy makes of an object that has ``__array__``."""
    import numpy

    array = told(self, "array")
    if type(array) is not numpy.ndarray:
        raise TypeError(f"{type(self).__name__}.__array__ returned no array")
    return array.astype(dtype or array.dtype, copy=bool(copy))


METHODS: dict[str, dict[str, Any]] = {
    **{name: {f"__{name}__": _unary(name)} for name in protocols.ANSWERS},
    **{name: {f"__{name}__": _comparison(name)} for name in protocols.COMPARISONS},
    **{
        prefix + name: {
            f"__{prefix}{name}__": _arithmetic("i" * (prefix == "i") + name, prefix == "r")
        }
        for name in protocols.ARITHMETIC
        for prefix in ("", "r", "i")
    },
    "array": {"__array__": _array},
    "str": {},
    "repr": {},
    "len": {"__len__": Handle._rltf_len},
    "iter": {"__iter__": Handle._rltf_iter},
    "format": {},
    "call": {"__call__": Handle._rltf_call},
    "contains": {"__contains__": Handle._rltf_contains},
    "enter": {"__enter__": lambda self: ask("enter", self)},
    "exit": {"__exit__": Handle._rltf_exit},
    "await": {"__await__": Handle._rltf_await},
    "aiter": {"__aiter__": Handle._rltf_aiter},
    "anext": {"__anext__": Handle._rltf_anext},
    "aenter": {"__aenter__": Handle._rltf_aenter},
    "aexit": {"__aexit__": Handle._rltf_aexit},
    protocols.NO_HASH: {"__hash__": None},
    protocols.HOLDS: {"__eq__": _equals_as_held},
}
OF_KIND: dict[str, dict[str, Any]] = {
    "coroutine": {
        "send": Handle._rltf_run,
        "throw": Handle._rltf_throw,
        "close": Handle._rltf_close,
    },
    "generator": {
        "send": lambda self, value: ask("send", self, value),
        "throw": lambda self, error: ask("throw", self, error),
        "close": lambda self: ask("close", self),
    },
}
