"""What a class is, whatever its metaclass says.

A program's metaclass can define ``__mro__`` or ``__flags__``. These functions ask ``type`` instead.
"""

from __future__ import annotations

import types

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_METHODS_IN_C = (types.WrapperDescriptorType, types.MethodDescriptorType)
_HEAP_TYPE = 1 << 9
_flags = type.__dict__["__flags__"].__get__

bases: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
"""Return a class and its bases, in the order in which attributes are looked up."""
namespace: Callable[[type], Mapping[str, Any]] = type.__dict__["__dict__"].__get__
"""Return what a class itself defines."""

module: Callable[[type], Any] = type.__dict__["__module__"].__get__
"""Return the name of the module that a class says it is from."""


def package(kind: type) -> str:
    """Return the package that a class says it is from."""
    return str(module(kind)).partition(".")[0]


def is_made_in_c(kind: type) -> bool:
    """Return whether a class is static, as no class is that a program defines."""
    return not _flags(kind) & _HEAP_TYPE


def has_methods_in_c(kind: type) -> bool:
    """Return whether a class has methods in C of its own, as no class has that Python made."""
    return any(
        type(value) in _METHODS_IN_C and value.__objclass__ is kind
        for value in namespace(kind).values()
    )
