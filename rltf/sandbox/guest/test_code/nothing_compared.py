"""Comparisons that numpy and pytest call equal because they have compared nothing.

``np.allclose([], 5.0)`` is true, since an array without items is broadcast to no item at all, and
so are ``np.testing.assert_allclose([], 5.0)`` and ``np.array([]) == pytest.approx(5.0)``. With
them, a program could pass by returning nothing. In test code they fail, unless both sides are empty.
A masked array hides its masked items from numpy in the same way.
"""

from __future__ import annotations

import functools
import importlib
import sys

from ..shared import numpy_types

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

_TEST_FILES = frozenset(["<test>", "<setup>", "<checker>"])
_PREDICATES = {"allclose": ("a", "b"), "array_equiv": ("a1", "a2")}
"""Function to the names of what it compares."""
_COMPARER = "assert_array_compare"
"""The function of ``numpy.testing`` through which its assertions about arrays compare."""
_UTILS = "numpy.testing._private.utils"
_OURS = (lambda: None).__code__.co_filename.rpartition("test_code")[0]
_frame = sys._getframe


def prepare(code: str) -> None:
    """Have such comparisons fail in test code. Call this before it runs.

    Args:
        code: The test code, or the names of the modules that it needs.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        _in_numpy(numpy)
        if "testing" in code:
            importlib.import_module("numpy.testing")
        if _UTILS in sys.modules:
            _in_testing(numpy, sys.modules[_UTILS])
    if "pytest" in code:
        try:
            import pytest
        except ImportError:
            return
        _in_approx(pytest)


# -------------------------------------------------------------------------------------- numpy


def _in_numpy(numpy: Any) -> None:
    for name in _PREDICATES:
        _replace(numpy, name, lambda function: _predicate(numpy, function))


def _in_testing(numpy: Any, utils: ModuleType) -> None:
    testing = sys.modules["numpy.testing"]
    _replace(utils, _COMPARER, lambda function: _comparer(numpy, function))
    setattr(testing, _COMPARER, getattr(utils, _COMPARER))


def _replace(module: Any, name: str, make: Callable[[Any], Any]) -> None:
    function = getattr(module, name)
    if not hasattr(function, "_rltf_asks"):
        made: Any = functools.wraps(function)(make(function))
        made._rltf_asks = True
        setattr(module, name, made)


def _predicate(numpy: Any, function: Any) -> Any:
    names = _PREDICATES[function.__name__]

    def asked(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(names, args, strict=False)) | kwargs
        if not _asks_test(_frame(1)) or not all(name in given for name in names):
            return function(*args, **kwargs)
        try:
            one, other = [_array(numpy, given.pop(name)) for name in names]
        except Exception:
            if function.__name__ == "array_equiv":  # so it does itself
                return False
            raise
        return not _is_lopsided(one, other) and function(one[0], other[0], *args[2:], **given)

    return asked


def _comparer(numpy: Any, function: Any) -> Any:
    def compared(comparison: Any, x: Any, y: Any, *args: Any, **kwargs: Any) -> None:
        if not _asks_test(_frame(1)):
            function(comparison, x, y, *args, **kwargs)
            return
        one, other = _array(numpy, x), _array(numpy, y)
        function(comparison, one[0], other[0], *args, **kwargs)
        if _is_lopsided(one, other):
            raise AssertionError("one side of the comparison has no items to compare")

    return compared


def _array(numpy: Any, value: Any) -> tuple[Any, bool]:
    """Convert to an array, once, and return whether it hides items: they are zero then.

    An object of the program may be another array the next time. An array of any class becomes one
    of numpy's own, which compares as numpy does.
    """
    found = numpy.asanyarray(value)
    array = _plain(numpy, found)
    mask = _plain(numpy, numpy.asanyarray(getattr(found, "mask", False)))
    if not mask.any():
        return array, False
    array = array.copy()
    array[numpy.broadcast_to(mask, array.shape)] = numpy.zeros(1, array.dtype)[0]
    return array, True


def _plain(numpy: Any, array: Any) -> Any:
    return numpy.ndarray.view(array, numpy.ndarray)


def _asks_test(frame: Any) -> bool:
    """Return whether test code calls, perhaps by way of numpy and what counts its checks."""
    while frame is not None and _is_between(frame.f_code.co_filename):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename in _TEST_FILES


def _is_between(filename: str) -> bool:
    return "/numpy/" in filename or filename.startswith(_OURS)


def _is_lopsided(one: tuple[Any, bool], other: tuple[Any, bool]) -> bool:
    """Return whether one side has no items, or hides some, and the other has all of its own."""
    return (one[0].size == 0, one[1]) != (other[0].size == 0, other[1])


# ------------------------------------------------------------------------------------- pytest


def _in_approx(pytest: Any) -> None:
    """Have ``approx`` of a number differ from an array without items.

    pytest looks for numpy in ``sys.modules``, where a program that shares the process can put
    anything. What is an array is asked of its class here.
    """
    scalar: Any = type(pytest.approx(0.0))
    if hasattr(scalar.__eq__, "_rltf_asks"):
        return
    original = scalar.__eq__

    def equals(self: Any, actual: Any, /) -> Any:
        array = _as_array(actual)
        if array is None:
            return original(self, actual)
        return array.size > 0 and all(equals(self, item) for item in array.flat)

    scalar.__eq__ = functools.wraps(original)(equals)
    scalar.__eq__._rltf_asks = True
    module: Any = sys.modules[scalar.__module__]
    if hasattr(module, "_as_numpy_array"):
        module._as_numpy_array = _as_array


def _as_array(thing: Any) -> Any:
    """Return what numpy would convert to an array, as one of numpy's own class.

    Returns ``None`` for anything else.
    """
    if numpy_types.base_of(type(thing), "generic") is not None:
        return None
    array = thing
    if numpy_types.base_of(type(thing), "ndarray") is None:
        convert = getattr(type(thing), "__array__", None)
        array = convert(thing) if convert is not None else None
    base: Any = numpy_types.base_of(type(array), "ndarray")
    return None if base is None else base.view(array, base)
