"""Telling which objects are data, and which answer for themselves with code of the program.

As in split mode, what the program returns is compared as the data that it is. An object that is no
data fits no data, unless its class is one that the test names.
"""

from __future__ import annotations

import types
import weakref

from ..shared import classes, numpy_types, subclass_values
from ..test_code import frameworks
from . import own_methods

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_MOST = 100_000
_GROUPS = classes.identities((tuple, list))
_DEPTH = 5
"""Levels at which ``ANY`` is looked for: lists, calls, arguments and what is in them."""
_DECISIVE = frozenset(
    f"__{name}__"
    for name in (
        *("eq", "ne", "lt", "le", "gt", "ge", "contains", "getattribute", "class"),
        *("array", "array_function", "array_ufunc", "array_wrap", "array_interface"),
    )
)
"""What decides how an object compares."""
_SUBTRACTING = ("__sub__", "__rsub__")
"""What decides how far an object is from a number."""
_OF_NUMPY = ("__array_ufunc__", "__array_wrap__")
"""What decides what numpy calculates with an object."""
_OF_PRODUCTS = ("__mul__", "__rmul__", "__add__", "__radd__")
"""What decides the matrix product of arrays of objects."""
_TEXT = classes.identities((str, bytes, bytearray))
_PROXIES = classes.identities(weakref.ProxyTypes)
_HOLDERS = ("UserDict", "UserList", "UserString")
_DATA = ("numpy", "fractions", "pandas", "sympy")
"""Packages whose objects are data."""


def _items(holder: Any, kind: type) -> list[Any]:
    """Return what an object that is no container of Python's holds and compares by."""
    if kind.__name__ in _HOLDERS:
        return [vars(holder).get("data")]
    array = numpy_types.base_of(kind, "ndarray")
    if array is not None and array.dtype.__get__(holder).hasobject:
        return [array.tolist(holder)]
    if classes.package(kind) == "pandas" and hasattr(kind, "to_numpy"):
        return [kind.to_numpy(holder)]
    return list(_parts(holder))  # such as call() of a mock


def _parts(thing: Any) -> Iterable[Any]:
    """Return what a list or tuple, or what derives from one, or a dict holds."""
    if isinstance(thing, tuple):
        return tuple.__iter__(thing)
    if isinstance(thing, list):
        return list.__iter__(thing)
    return thing.values() if type(thing) is dict else ()


def _is_array(kind: type) -> bool:
    """Return whether operators on its instances are those of items."""
    is_of_numpy = numpy_types.base_of(kind, "ndarray") or numpy_types.base_of(kind, "generic")
    return bool(is_of_numpy) or any(
        classes.package(base) == "pandas" for base in classes.bases(kind)
    )


def _is_single(kind: type) -> bool:
    return not hasattr(subclass_values.base_of(kind), "__iter__")


class Foreign:
    """Tells objects that answer for themselves.

    Args:
        words: The words of the test's code.
        module: The globals of the program.
        is_programs: Tells whether code belongs to the program.
        hidden: The classes of the frameworks that only the test uses.
        name: The name of the program's module.
    """

    def __init__(
        self,
        words: Iterable[str],
        module: dict[str, Any],
        is_programs: Callable[[types.CodeType], bool],
        hidden: Iterable[type],
        name: str,
    ) -> None:
        self.is_programs = is_programs
        self._own = own_methods.OwnMethods(is_programs, name)
        # a class may be called as a function; its name tells them apart
        self._named = {
            id(module[name])
            for name in words
            if name.lstrip("_")[:1].isupper()
            and isinstance(module.get(name), type)
            and self._may_define(module[name])
        }
        self._hidden = {id(kind) for kind in hidden}
        self._known: dict[int, tuple[type, bool]] = {}
        self._any = getattr(frameworks.loaded("unittest.mock"), "ANY", None)

    def _may_define(self, kind: type) -> bool:
        """Return whether the program may have defined a class, and has not imported it."""
        if classes.is_made_in_c(kind):
            return False
        values = classes.namespace(kind).values()
        codes = [value.__code__ for value in values if type(value) is types.FunctionType]
        return not codes or any(map(self.is_programs, codes))

    def is_claim(self, left: Any, right: Any, *, subtracts: bool = False) -> bool:
        """Return whether plain data is compared with something that answers for itself.

        The comparison may subtract numbers.
        """
        if id(type(left)) in classes.ATOMS and id(type(right)) in classes.ATOMS:
            return False
        subtracts = subtracts or bool(self._hidden & {id(type(left)), id(type(right))})
        return (self._is_plain(left) and self.answers(right, subtracts=subtracts)) or (
            self._is_plain(right) and self.answers(left, subtracts=subtracts)
        )

    def is_any_claim(self, values: list[Any], *, subtracts: bool) -> bool:
        """Return whether two of these values are compared so."""
        return any(
            self.is_claim(left, right, subtracts=subtracts)
            for place, left in enumerate(values)
            for right in values[place + 1 :]
        )

    def is_of_frameworks(self, thing: Any) -> bool:
        """Return whether it is an object that only the test's frameworks make."""
        return id(type(thing)) in self._hidden

    def calculates(self, name: str, left: Any, right: Any, *, by_items: bool = False) -> bool:
        """Return whether the program's code is an operator between its object and plain data.

        ``name`` is that of a function of ``operator``. With ``by_items``, what calculates does so with
        the items of lists, as numpy does.
        """
        method = name.removeprefix("i").rstrip("_")
        if (
            method == "mod"
            and id(type(left)) in _TEXT
            and not classes.derives_from(type(right), type(left))
        ):
            return False  # text is formatted
        of_left = [f"__{name}__", f"__{method}__", *_OF_NUMPY]
        of_right = [f"__r{method}__", *_OF_NUMPY]
        if method == "matmul":
            of_left += _OF_PRODUCTS
            of_right += _OF_PRODUCTS
        is_of_arrays = by_items or _is_array(type(left)) or _is_array(type(right))
        kinds, other_kinds = (
            self._kinds(each) if is_of_arrays else [type(each)] for each in (left, right)
        )
        if by_items:
            kinds, other_kinds = (
                list(filter(_is_single, kinds)),
                list(filter(_is_single, other_kinds)),
            )
        if self._has(kinds, of_left):
            return not self._has(other_kinds, of_left + of_right) and self._is_plain(right)
        if self._has(other_kinds, of_right):
            return not self._has(kinds, of_left + of_right) and self._is_plain(left)
        return False

    def _kinds(self, thing: Any) -> list[type]:
        """Return the classes of an object and of all that it holds."""
        return list({id(type(each)): type(each) for each in self._met(thing)}.values())

    def _has(self, kinds: Iterable[type], names: Iterable[str]) -> bool:
        return any(self._defines(kind, names) for kind in kinds)

    def _is_plain(self, thing: Any) -> bool:
        kind = type(thing)
        if id(kind) in classes.ATOMS or kind is type:
            return True
        if (id(kind) in _GROUPS or id(kind) in self._hidden) and self._fits_anything(thing):
            return False
        if id(kind) in self._hidden:
            return True  # pytest.approx()
        is_data = classes.package(kind) in _DATA or subclass_values.base_of(kind)
        return bool(is_data) and not self.answers(thing)

    def _fits_anything(self, thing: Any) -> bool:
        """Return whether it is ``ANY`` of the test's mocks, or a call or list with one."""
        waiting, depth = [thing], 0
        while self._any is not None and waiting and depth < _DEPTH and len(waiting) < _MOST:
            if any(each is self._any for each in waiting):
                return True
            waiting = [item for each in waiting for item in _parts(each)]
            depth += 1
        return False

    def answers(self, thing: Any, *, subtracts: bool = False) -> bool:
        """Return whether it is, or holds, an object that answers for itself.

        With ``subtracts``, so does a number that the program's code subtracts.
        """
        for kind in map(type, self._met(thing)):
            base = subclass_values.base_of(kind)
            if base is None and self._answers_itself(kind):
                return True
            if subtracts and _is_single(kind) and self._defines(kind, _SUBTRACTING):
                return True
        return False

    def _met(self, thing: Any) -> Iterator[Any]:
        """Yield an object and all that it holds, without numbers and text."""
        waiting, seen = [thing], 0
        while waiting and seen < _MOST:
            seen += 1
            each = waiting.pop()
            kind = type(each)
            if id(kind) in classes.ATOMS:
                continue
            yield each
            base = subclass_values.base_of(kind)
            if base is None:
                waiting += _items(each, kind)
            elif issubclass(base, dict):
                waiting += dict.keys(each)
                waiting += dict.values(each)
            elif (
                hasattr(base, "__iter__")
                and id(base) not in classes.ATOMS
                and base is not bytearray
            ):
                waiting += base.__iter__(each)

    def _answers_itself(self, kind: type) -> bool:
        if id(kind) not in self._known:
            self._known[id(kind)] = kind, self._defines(kind, _DECISIVE)
        return self._known[id(kind)][1]

    def _defines(self, kind: type, names: Iterable[str]) -> bool:
        """Return whether code of the program is a method of that name, in a class unknown to the test."""
        if id(kind) in _PROXIES:
            return True
        if id(kind) in self._hidden or self._is_of_mock(kind):
            return False
        if any(id(base) in self._named for base in classes.bases(kind)):
            return False
        return self._own.has(kind, names) or _is_any(kind, names)

    def decides(self, kind: type, names: Iterable[str]) -> bool:
        """Return whether code of the program is the first of these methods that a class has."""
        return not self._is_of_mock(kind) and self._own.decides(kind, names)

    def _is_of_mock(self, kind: type) -> bool:
        """Return whether it is the class that a mock of the test makes for itself."""
        is_below = any(id(base) in self._hidden for base in classes.bases(kind)[1:2])
        return is_below and not self._own.has_code(kind)


def _is_any(kind: type, names: Iterable[str]) -> bool:
    """Return whether it is ``ANY`` of the program's own copy, which is none of the hidden classes."""
    found = (classes.namespace(base).get(name) for base in classes.bases(kind) for name in names)
    return any(
        type(each) is types.FunctionType and each.__code__.co_filename.endswith("/unittest/mock.py")
        for each in found
    )
