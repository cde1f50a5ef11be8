"""Telling which objects are data, and which answer for themselves with code of the program.

As in split mode, what the program returns is compared as the data that it is. An object that is no
data fits no data, unless its class is one that the test names.
"""

from __future__ import annotations

import types
import weakref

from ..shared import classes, numpy_types, subclass_values
from ..test_code import frameworks

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_ATOMS = frozenset((bool, int, float, complex, str, bytes, type(None)))
_MOST = 100_000
_GROUPS = (tuple, list)
_DEPTH = 5
"""Levels at which ``ANY`` is looked for: lists, calls, arguments and what is in them."""
_DECISIVE = frozenset(
    f"__{name}__"
    for name in (
        *("eq", "ne", "lt", "le", "gt", "ge", "contains", "getattribute", "class"),
        *("array", "array_function", "array_ufunc", "array_interface"),
    )
)
"""What decides how an object compares."""
_SUBTRACTING = ("__sub__", "__rsub__")
"""What decides how far an object is from a number."""
_HOLDERS = ("UserDict", "UserList", "UserString")
_DATA = ("numpy", "fractions", "pandas")
"""Packages whose objects are data."""
_OF_PYTHON = (
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.GetSetDescriptorType,
    type(None),
)


def _items(holder: Any, kind: type) -> list[Any]:
    """Return what an object that is no container of Python's holds and compares by."""
    if kind.__name__ in _HOLDERS:
        return [vars(holder).get("data")]
    array = numpy_types.base_of(kind, "ndarray")
    if array is not None and array.dtype.__get__(holder).hasobject:
        return [array.tolist(holder)]
    if kind.__module__.partition(".")[0] == "pandas" and hasattr(kind, "to_numpy"):
        return [kind.to_numpy(holder)]
    return list(_parts(holder))  # such as call() of a mock


def _parts(thing: Any) -> Iterable[Any]:
    """Return what a list or tuple, or what derives from one, or a dict holds."""
    if isinstance(thing, tuple):
        return tuple.__iter__(thing)
    if isinstance(thing, list):
        return list.__iter__(thing)
    return thing.values() if type(thing) is dict else ()


class Foreign:
    """Tells objects that answer for themselves.

    Args:
        words: The words of the test's code.
        module: The globals of the program.
        is_programs: Tells whether code belongs to the program.
        hidden: The classes of the frameworks that only the test uses.
    """

    def __init__(
        self,
        words: Iterable[str],
        module: dict[str, Any],
        is_programs: Callable[[types.CodeType], bool],
        hidden: Iterable[type],
    ) -> None:
        self._is_programs = is_programs
        # a class may be called as a function; its name tells them apart
        self._named = {
            id(module[name])
            for name in words
            if name.lstrip("_")[:1].isupper()
            and isinstance(module.get(name), type)
            and self._may_define(module[name])
        }
        self._hidden = {id(kind) for kind in hidden}
        self._known: dict[type, bool] = {}
        self._any = getattr(frameworks.loaded("unittest.mock"), "ANY", None)

    def _may_define(self, kind: type) -> bool:
        """Return whether the program may have defined a class, and has not imported it."""
        if classes.is_made_in_c(kind):
            return False
        values = classes.namespace(kind).values()
        codes = [value.__code__ for value in values if type(value) is types.FunctionType]
        return not codes or any(map(self._is_programs, codes))

    def is_claim(self, left: Any, right: Any, *, subtracts: bool = False) -> bool:
        """Return whether plain data is compared with something that answers for itself.

        The comparison may subtract numbers.
        """
        if type(left) in _ATOMS and type(right) in _ATOMS:
            return False
        subtracts = subtracts or bool(self._hidden & {id(type(left)), id(type(right))})
        return (self._is_plain(left) and self.answers(right, subtracts=subtracts)) or (
            self._is_plain(right) and self.answers(left, subtracts=subtracts)
        )

    def calculates(self, name: str, left: Any, right: Any) -> bool:
        """Return whether the program's code is an operator between its object and plain data.

        ``name`` is that of a function of ``operator``.
        """
        method = name.removeprefix("i").rstrip("_")
        names = (f"__{name}__", f"__{method}__", f"__r{method}__")
        by_left, by_right = (self._has_method(each, names) for each in (left, right))
        return by_left != by_right and self._is_plain(right if by_left else left)

    def _has_method(self, operand: Any, names: Iterable[str]) -> bool:
        """Return whether a method of the program calculates with an object, or items of an array."""
        is_array = numpy_types.base_of(type(operand), "ndarray") is not None
        met = self._met(operand) if is_array else (operand,)
        return any(self._defines(type(each), names) for each in met)

    def _is_plain(self, thing: Any) -> bool:
        kind = type(thing)
        if kind in _ATOMS or kind is type:
            return True
        if (kind in _GROUPS or id(kind) in self._hidden) and self._fits_anything(thing):
            return False
        if id(kind) in self._hidden:
            return True  # pytest.approx()
        is_data = kind.__module__.partition(".")[0] in _DATA or subclass_values.base_of(kind)
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
            is_single = not hasattr(base, "__iter__")
            if subtracts and is_single and self._defines(kind, _SUBTRACTING):
                return True
        return False

    def _met(self, thing: Any) -> Iterator[Any]:
        """Yield an object and all that it holds, without numbers and text."""
        waiting, seen = [thing], 0
        while waiting and seen < _MOST:
            seen += 1
            each = waiting.pop()
            kind = type(each)
            if kind in _ATOMS:
                continue
            yield each
            base = subclass_values.base_of(kind)
            if base is None:
                waiting += _items(each, kind)
            elif issubclass(base, dict):
                waiting += dict.keys(each)
                waiting += dict.values(each)
            elif hasattr(base, "__iter__") and base not in _ATOMS and base is not bytearray:
                waiting += base.__iter__(each)

    def _answers_itself(self, kind: type) -> bool:
        if kind not in self._known:
            self._known[kind] = self._defines(kind, _DECISIVE)
        return self._known[kind]

    def _defines(self, kind: type, names: Iterable[str]) -> bool:
        """Return whether code of the program is a method of that name, in a class unknown to the test."""
        if kind in weakref.ProxyTypes:
            return True
        if id(kind) in self._hidden:
            return False
        mro = classes.bases(kind)
        if any(id(base) in self._named for base in mro):
            return False
        for name in names:
            for base in mro:
                attributes = classes.namespace(base)
                if name not in attributes:
                    continue
                if base is not object and self._is_own(attributes[name]):
                    return True
                break
        return False

    def _is_own(self, method: Any) -> bool:
        if type(method) is property:
            method = method.fget
        if type(method) is not types.FunctionType:
            return type(method) not in _OF_PYTHON
        code = method.__code__
        if self._is_programs(code):
            return True
        # ANY of the program's own copy, which is none of the hidden classes
        return bool(code.co_filename.endswith("/unittest/mock.py"))
