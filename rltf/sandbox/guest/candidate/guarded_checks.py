"""The checks of a test that shares the program's process, as the rewritten test calls them.

Each check looks first whether the words of the test still mean what they meant. And an object of the
program that equals what it was compared with must not equal everything else as well.
"""

from __future__ import annotations

import operator
import types

from ..shared import classes
from ..test_code import frameworks
from . import calls_of_mocks, guarded_arithmetic, loop_of_guarded_test
from .unlike_values import unlike

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .foreign_objects import Foreign
    from .guarded_arithmetic import Arithmetic

LIAR = "the program returned an object that claims to equal anything"
_ABOUT_EQUALITY = ("Equal", "_equal", "_allclose", "Equals")
_COMPARING_NAMES = ("Equal", "equal", "close", "Greater", "Less", "Regex", "array")
_SUBTRACTING_NAMES = ("Almost", "almost", "close")
_DEPTH = 5
_GROUPS = classes.identities((list, tuple, dict))
_ORDER = ("lt", "le", "gt", "ge")
_OPERATIONS: dict[str, tuple[Any, bool]] = {
    **{name: (getattr(operator, name), True) for name in ("eq", *_ORDER)},
    "ne": (operator.ne, False),
    "contains": (lambda left, right: left in right, True),
    "not_contains": (lambda left, right: left not in right, False),
}
"""By name: the operator, and what it returns when the program's object claims to fit."""
_REFLECTED = {
    "eq": "eq",
    "ne": "ne",
    "lt": "gt",
    "le": "ge",
    "gt": "lt",
    "ge": "le",
    "contains": "contains",
    "not_contains": "contains",
}
_METHODS = {
    "contains": ("__contains__",),
    "not_contains": ("__contains__",),
    "ne": ("__ne__", "__eq__"),
}


class Checks:
    """What the names in ``check_instrumentation.NAMES`` stand for in the test's code.

    Args:
        mark: Leaves a mark (csrc/python/guard.c).
        lose: Notes why the test cannot pass any more.
        is_programs: Tells whether code belongs to the program.
        foreign: Tells which objects answer for themselves.
        arithmetic: What the test calculates with.
    """

    def __init__(
        self,
        mark: Callable[[Any], None],
        lose: Callable[[str], None],
        is_programs: Callable[[types.CodeType], bool],
        foreign: Foreign,
        arithmetic: Arithmetic,
    ) -> None:
        self._mark = mark
        self._lose = lose
        self._is_programs = is_programs
        self._foreign = foreign
        self._arithmetic = arithmetic
        unittest = frameworks.loaded("unittest")
        self._case: Any = unittest.TestCase if unittest else None
        self._methods = dict(vars(self._case)) if unittest else {}
        if mock := frameworks.loaded("unittest.mock"):
            methods = vars(mock.NonCallableMock).items()
            self._methods |= {name: each for name, each in methods if name[:6] == "assert"}

    def check(self, number: int, name: str, function: Any) -> Any:
        """Return an assertion so that it looks before and after it runs."""
        self._mark(number)
        loop_of_guarded_test.look(self._lose)
        if name in self._methods and self._is_foreign(function, name):
            self._lose(f"the program has replaced {name}")
        owner = getattr(function, "__self__", None)

        def checked(*args: Any, **kwargs: Any) -> Any:
            self._look(number, owner)
            if calls_of_mocks.is_mock(owner):
                is_claim = self._is_claim_of_call(owner, name, args, kwargs)
            else:
                subtracts = any(word in name for word in _SUBTRACTING_NAMES)
                is_claim = _compares(name) and self._foreign.is_any_claim(
                    [*args[:2], *kwargs.values()], subtracts=subtracts
                )
                if subtracts and len(args) > 1:
                    self._arithmetic.expose_difference(args[0], args[1])
            result = function(*args, **kwargs)
            self._look(number, owner)
            if is_claim:
                self._lose(LIAR)
            if len(args) > 1 and name.endswith(_ABOUT_EQUALITY):
                self._expose("eq", args[0], args[1], 0)
            return result

        return checked

    def _look(self, number: int, owner: Any) -> None:
        """Leave a mark, and note whether the program has changed methods of a test case."""
        self._mark(number)
        if self._case is None or not classes.derives_from(type(owner), self._case):
            return
        holders: list[Mapping[str, Any]] = [vars(owner)]
        for kind in classes.bases(type(owner)):
            if kind is self._case:
                break
            holders.append(classes.namespace(kind))
        for holder in holders:
            for name in holder.keys() & self._methods.keys():
                if name[:2] != "__" and callable(self._methods[name]):
                    function = holder[name]
                    if self._is_foreign(getattr(function, "__func__", function), name):
                        self._lose(f"the program has replaced {name}")

    def _is_foreign(self, function: Any, name: str) -> bool:
        """Return whether it is neither the method of unittest nor one of the test."""
        inner = getattr(function, "__func__", function)
        if inner is self._methods[name]:
            return False
        code = getattr(inner, "__code__", None)
        return type(code) is not types.CodeType or self._is_programs(code)

    def _is_claim_of_call(
        self, mock: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> bool:
        return any(
            self._foreign.is_claim(expected, recorded) and expected == recorded
            for expected, recorded in calls_of_mocks.compared(mock, name, args, kwargs)
        )

    def compare(self, names: str, left: Any, *rights: Any) -> Any:
        """Return what a comparison returns. An object of the program must not always say the same."""
        result = None
        for name, right in zip(names.split(), rights, strict=True):
            result = self._compare(name, left, right)
            if len(rights) > 1 and not result:
                break
            left = right
        return result

    def _compare(self, name: str, left: Any, right: Any) -> Any:
        operation, said = _OPERATIONS[name]
        loop_of_guarded_test.look(self._lose)
        # before the comparison, which may change what was compared
        is_claim = self._foreign.is_claim(left, right)
        if not (id(type(left)) in classes.ATOMS and id(type(right)) in classes.ATOMS):
            self._expose(name, left, right, 0)
            self._arithmetic.expose_difference(left, right, of_frameworks=True)
        result = guarded_arithmetic.result_of(self._lose, operation, left, right)
        if is_claim and (name in _ORDER or result is said or type(result) is not bool):
            self._lose(LIAR)
        if (result is said or type(result) is not bool) and not (
            id(type(left)) in classes.ATOMS and id(type(right)) in classes.ATOMS
        ):
            self._expose(name, left, right, 0)
        return result

    def call(self, function: Any) -> Any:
        """Return a function of the program that may not end what calls it, such as ``map``."""

        def called(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except StopIteration:
                self._lose("the program raised StopIteration")
                raise

        return called

    def _expose(self, name: str, left: Any, right: Any, depth: int) -> None:
        """Note whether an object of the program says the same about values that differ."""
        kinds = type(left), type(right)
        if id(kinds[0]) in classes.ATOMS and id(kinds[1]) in classes.ATOMS:
            return  # the items of long lists, mostly
        operation, said = _OPERATIONS[name]
        if id(kinds[0]) in _GROUPS and kinds[0] is kinds[1] and name == "eq" and depth < _DEPTH:
            pairs = (
                zip(left, right, strict=False)
                if kinds[0] is not dict
                else ((left[key], right.get(key)) for key in left)
            )
            for one, other in pairs:
                self._expose(name, one, other, depth + 1)
            return
        is_left = name not in ("contains", "not_contains") and id(kinds[1]) in classes.PLAIN
        if is_left and self._decides(kinds[0], name):
            trials = ((left, other) for other in unlike(right))
        elif id(kinds[0]) in classes.PLAIN and self._decides(kinds[1], _REFLECTED[name]):
            trials = ((other, right) for other in unlike(left))
        else:
            return
        try:
            lies = all(bool(operation(*trial)) is said for trial in trials)
        except Exception:
            return
        if lies:
            self._lose(LIAR)

    def _decides(self, kind: type, name: str) -> bool:
        """Return whether the program decides what an operator says about instances of a class."""
        return self._foreign.decides(kind, _METHODS.get(name, (f"__{name}__",)))


def _compares(name: str) -> bool:
    """Return whether an assertion of this name passes if its arguments fit."""
    return "Not" not in name and (
        name == "assertIn" or any(word in name for word in _COMPARING_NAMES)
    )
