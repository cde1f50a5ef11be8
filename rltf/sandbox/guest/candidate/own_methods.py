"""Telling whether code of the program is a method of a class."""

from __future__ import annotations

import types

from ..shared import classes

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_IN_C = classes.identities((types.WrapperDescriptorType, types.MethodDescriptorType))
_HARMLESS = classes.identities((types.GetSetDescriptorType, type(None)))
_STEERED = ("numbers", "numpy", "fractions", "pandas")
"""Packages whose operators call, or return objects with, methods that a subclass may replace."""
_OF_RESULTS = frozenset(
    f"__{name}__" for name in ("abs", "array", "bool", "float", "getitem", "int", "iter", "len")
)
"""What decides what a test sees of the result of an operator."""


class OwnMethods:
    """Tells methods of the program from those of Python and of packages.

    Args:
        is_programs: Tells whether code belongs to the program.
        module: The name of the program's module.
    """

    def __init__(self, is_programs: Callable[[types.CodeType], bool], module: str) -> None:
        self._is_programs = is_programs
        self._module = module

    def has(self, kind: type, names: Iterable[str]) -> bool:
        """Return whether code of the program is one of these methods of a class."""
        return any(self.decides(kind, (name,)) for name in names)

    def decides(self, kind: type, names: Iterable[str]) -> bool:
        """Return whether code of the program is the first of these methods that a class has."""
        if id(kind) in classes.PLAIN:
            return False
        bases = classes.bases(kind)
        for place, base in enumerate(bases):
            attributes = classes.namespace(base)
            for name in names:
                if name in attributes:
                    return base is not object and self._is_own(attributes[name], name, bases, place)
        return False

    def has_code(self, kind: type) -> bool:
        """Return whether a class itself has code of the program."""
        return any(map(self._is_code, classes.namespace(kind).values()))

    def _is_own(self, method: Any, name: str, bases: tuple[type, ...], place: int) -> bool:
        """Return whether it is code of the program; ``place`` is that of the class that has it."""
        if type(method) is property:
            method = method.fget
        if type(method) is types.FunctionType:
            return self._is_programs(method.__code__) or (
                self._is_borrowed(method, name, bases, place)
                if classes.module(bases[place]) == self._module
                else _is_of_other_class(method, bases) or self._is_steered(bases, place)
            )
        if id(type(method)) in _IN_C:
            is_at_home = method.__name__ == name and any(
                method.__objclass__ is base for base in bases
            )
            is_known = is_at_home or classes.has_methods_in_c(bases[place])
            return not is_known or self._is_steered(bases, place)
        return id(type(method)) not in _HARMLESS and not _is_of_cython(method, bases)

    def _is_borrowed(
        self, method: types.FunctionType, name: str, bases: tuple[type, ...], place: int
    ) -> bool:
        """Return whether a class of the program calls a function so that is no method of that name."""
        if method.__code__.co_filename.endswith("/functools.py"):
            return False  # total_ordering
        return all(classes.namespace(base).get(name) is not method for base in bases[place + 1 :])

    def _is_steered(self, bases: tuple[type, ...], place: int) -> bool:
        """Return whether the program replaces what an operator of a package calls."""
        package = classes.package(bases[place])
        if package not in _STEERED:
            return False
        replaced = {
            name
            for base in bases[:place]
            for name, value in classes.namespace(base).items()
            if (package == "numbers" or name[:2] != "__" or name in _OF_RESULTS)
            and self._is_code(value)
        }
        return any(replaced & classes.namespace(base).keys() for base in bases[1:-1])

    def _is_code(self, value: Any) -> bool:
        if type(value) is property:
            value = value.fget
        return type(value) is types.FunctionType and self._is_programs(value.__code__)


def _is_of_other_class(method: types.FunctionType, bases: tuple[type, ...]) -> bool:
    """Return whether a class has a function, or a method of a class that it does not derive from."""
    code = method.__code__
    if code.co_filename.endswith("/functools.py") or "<" in code.co_qualname:
        return False
    holder = code.co_qualname.rpartition(".")[0].rpartition(".")[2]
    return all(base.__name__ != holder for base in bases)


def _is_of_cython(method: Any, bases: tuple[type, ...]) -> bool:
    """Return whether Cython has compiled a method, together with a class made in C."""
    kind = type(method)
    if not classes.has_methods_in_c(kind) or kind.__name__ != "cython_function_or_method":
        return False
    home = method.__globals__["__name__"]
    return any(
        classes.has_methods_in_c(base) and classes.module(base) == home for base in bases[1:]
    )
