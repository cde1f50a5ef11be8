"""What a class is, whatever its metaclass says.

A program's metaclass can define ``__mro__``, ``__flags__`` or ``__eq__``. ``type`` is asked instead.
"""

from __future__ import annotations

import types

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any


def identities(kinds: Iterable[type]) -> frozenset[int]:
    """Return what tells classes apart, since a metaclass says what its classes equal.

    They must live as long as the result.
    """
    return frozenset(map(id, kinds))


ATOMS = identities((bool, int, float, complex, str, bytes, type(None)))
"""Numbers, text and ``None``."""
PLAIN = ATOMS | identities((bytearray, list, tuple, set, frozenset, dict))
"""What is data, as far as its items are."""
_METHODS_IN_C = identities((types.WrapperDescriptorType, types.MethodDescriptorType))
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
        id(type(value)) in _METHODS_IN_C and value.__objclass__ is kind
        for value in namespace(kind).values()
    )


def derives_from(kind: type, base: type) -> bool:
    """Return whether a class is another one or has it among its bases."""
    return any(each is base for each in bases(kind))
