"""The arithmetic of a test that shares the program's process, as the rewritten test calls it.

Plain data of the test must have a say in what it is calculated with.
"""

from __future__ import annotations

import cmath
import decimal
import fractions
import functools
import math
import operator
import types

from ..shared import classes, numpy_types, subclass_values
from .unlike_values import unlike

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .foreign_objects import Foreign

CALCULATOR = "the program returned an object that calculates with numbers of the test"
_VARYING = ("add", "sub", "mul", "truediv", "xor")
"""Operators whose result changes with an operand, but for zero multiplied or divided."""
_NUMBERS = classes.identities((int, float, complex))
_RESULTS = (int, float, complex, decimal.Decimal)
_OPERATORS = {
    "subtract": "sub",
    "divide": "truediv",
    "true_divide": "truediv",
    "multiply": "mul",
    "power": "pow",
    "remainder": "mod",
    "divmod": "divmod",
    "allclose": "sub",
    "isclose": "sub",
}
"""By name of a function of Python or numpy: the operator that it uses, if it has another name."""
_OF_FLOATS = (math.isclose, cmath.isclose, math.pow)
"""Functions that convert their arguments first."""
_WRAPPERS: dict[type, str] = {
    types.MethodType: "__func__",
    functools.partial: "func",
    type(functools.lru_cache(len)): "__wrapped__",
}
"""What calls another function, by the name under which it has it."""


def result_of(lose: Callable[[str], None], operation: Any, *operands: Any) -> Any:
    """Return what an operation returns. It may not end what calls it, such as ``map``."""
    try:
        return operation(*operands)
    except StopIteration:
        lose("the program raised StopIteration")
        raise


class _Held:
    """What an attribute or item holds, and how to replace it."""

    __slots__ = ("store", "value")

    def __init__(self, value: Any, store: Callable[[Any], None]) -> None:
        self.value = value
        self.store = store


class Place:
    """An object whose attribute or item is asked for, to be replaced."""

    __slots__ = ("_owner",)

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __getattribute__(self, name: str) -> _Held:
        owner = object.__getattribute__(self, "_owner")
        return _Held(getattr(owner, name), lambda value: setattr(owner, name, value))

    def __getitem__(self, key: Any) -> _Held:
        owner = object.__getattribute__(self, "_owner")
        return _Held(owner[key], lambda value: operator.setitem(owner, key, value))


class Arithmetic:
    """What the names for arithmetic in ``check_instrumentation`` stand for in the test's code.

    Args:
        lose: Notes why the test cannot pass any more.
        foreign: Tells which objects calculate with code of the program.
    """

    def __init__(self, lose: Callable[[str], None], foreign: Foreign) -> None:
        self._lose = lose
        self._foreign = foreign

    def compute(self, name: str, left: Any, right: Any) -> Any:
        """Return what an arithmetic operator returns, which plain data must have a say in."""
        operation = getattr(operator, name)
        if id(type(left)) in classes.ATOMS and id(type(right)) in classes.ATOMS:
            return operation(left, right)
        calculates = self._foreign.calculates(name, left, right)
        result = result_of(self._lose, operation, left, right)
        if calculates or self._is_constant(name, left, right, result):
            self._lose(CALCULATOR)
        return result

    def augment(self, name: str, held: _Held, operand: Any) -> None:
        """Assign in place to an attribute or item."""
        held.store(self.compute(name, held.value, operand))

    def calculate(self, name: str, function: Any) -> Any:
        """Return a function of Python or numpy that plain data must have a say in."""
        if not classes.is_made_in_c(type(function)) or self._is_programs(function):
            return function
        if any(function is each for each in _OF_FLOATS):
            return function
        by_items = type(function) is not types.BuiltinFunctionType
        operation = _OPERATORS.get(name, name)

        def calculated(*args: Any, **kwargs: Any) -> Any:
            operands = [*args, *kwargs.values()][:2]
            calculates = len(operands) > 1 and self._foreign.calculates(
                operation, *operands, by_items=by_items
            )
            if len(operands) > 1 and operation == "sub":
                self.expose_difference(*operands)
            result = result_of(self._lose, lambda: function(*args, **kwargs))
            if calculates:
                self._lose(CALCULATOR)
            return result

        return calculated

    def _is_programs(self, function: Any) -> bool:
        while type(function) in _WRAPPERS:
            function = getattr(function, _WRAPPERS[type(function)])
        code = getattr(function, "__code__", None)
        return type(code) is types.CodeType and self._foreign.is_programs(code)

    def expose_difference(self, left: Any, right: Any, *, of_frameworks: bool = False) -> None:
        """Note whether an object of the program is as far from any number as from another.

        With ``of_frameworks``, only what ``pytest.approx`` compares it with.
        """
        if of_frameworks:
            if self._foreign.is_of_frameworks(right):
                right = getattr(right, "expected", None)
            elif self._foreign.is_of_frameworks(left):
                left = getattr(left, "expected", None)
            else:
                return
        for one, other in ((left, right), (right, left)):
            is_number = id(type(one)) in _NUMBERS or id(type(other)) in _NUMBERS
            if not is_number or type(one) is type(other):
                continue
            try:
                is_constant = self._is_constant("sub", one, other, one - other)
            except Exception:
                continue
            if is_constant:
                self._lose(CALCULATOR)

    def _is_constant(self, name: str, left: Any, right: Any, result: Any) -> bool:
        """Return whether an object of the program makes the same number of any other number."""
        method = name.removeprefix("i")
        if method not in _VARYING or not _is_number(result):
            return False
        if not result and method in ("mul", "truediv"):
            return False
        operation, decides = getattr(operator, name), self._foreign.decides
        if id(type(right)) in _NUMBERS and decides(type(left), (f"__{name}__", f"__{method}__")):
            results = (operation(left, other) for other in unlike(right))
        elif id(type(left)) in _NUMBERS and decides(type(right), (f"__r{method}__",)):
            results = (operation(other, right) for other in unlike(left))
        else:
            return False
        try:
            return all(each == result or (each != each and result != result) for each in results)
        except Exception:
            return False


def _is_number(thing: Any) -> bool:
    kind = type(thing)
    is_of_numpy = numpy_types.base_of(kind, "number") is not None
    return is_of_numpy or kind is fractions.Fraction or subclass_values.base_of(kind) in _RESULTS
