"""Objects of the test that the program is handed: they stay here, and the program has a number.

In the candidate's process each has a stand-in (candidate/borrowed_objects.py). What the program does
to it is asked of the test's own object, so the test sees what the program has changed, and gets its
own object back. The program reaches what a test hands over and what is reachable from there by plain
attributes, items and calls. Nothing leads it to the test's globals, frames or source: functions can
only be called, special attributes are not told, and objects of other kinds than these are not lent.
"""

from __future__ import annotations

import array
import collections
import functools
import io
import random
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

from ..shared import channel, protocols, subclass_values, values
from ..test_code import test_cases
from . import lent_attributes, lent_awaitables, lent_functions
from .introspection import CO_COROUTINE
from .lent_attributes import is_function, is_own
from .portable import is_derived

_LENDING = frozenset(
    {
        *("_io", "_queue", "_thread", "argparse", "collections", "contextlib", "enum", "io"),
        *("queue", "random", "re", "threading", "types", "unittest.mock"),
    }
)
"""Modules of Python whose objects may be lent, beside the test's own."""
_REFUSED = (
    *(types.ModuleType, types.FrameType, types.CodeType, types.TracebackType, types.CellType),
    *(types.GeneratorType, types.AsyncGeneratorType, types.GetSetDescriptorType),
    *(types.MemberDescriptorType, types.MappingProxyType, property, staticmethod, classmethod),
    *(super, threading.Thread),
)
_MAKEABLE = (io.StringIO, io.BytesIO, types.SimpleNamespace)
"""Classes of Python that the program may make objects of. It may of every class of the test."""
_STORING = frozenset(
    {"_collections_abc", "collections", "collections.abc", "contextlib", "functools", "queue"}
)
"""Modules whose functions only keep what they are given, or pass it on."""
_MOST_UNFINISHED = 20
"""Classes whose annotations lead from one to the next: the parameters of the last are not told."""
_DATA_BASES = subclass_values.BASES.keys() - {kind.__name__ for kind in subclass_values.MUTABLE}
_BOUND = (types.MethodType, types.BuiltinMethodType, types.MethodWrapperType)
_OPERATIONS = {*protocols.ANSWERS, *protocols.OTHERS, "copy", "deepcopy"}
_STORES = (list, dict, set, bytearray, collections.deque, array.array, io.IOBase, random.Random)


class LentObjects:
    """The objects of the test that the program knows, by number."""

    def __init__(self, extend: Callable[[Any], Any]) -> None:
        self._extend = extend
        self._things: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self._awaitables = lent_awaitables.LentAwaitables()
        self._unfinished: list[int] = []
        """Ids of the classes that are being described, which the program does not know yet."""
        self._named = False
        """Whether the program's message has named an object of the test."""

    def named(self, number: int) -> Any:
        """Return the object of the test that the program names in a message."""
        self._named = True
        return self.thing(number)

    def changed_error(self, number: int, attributes: dict[Any, Any]) -> Any:
        """Return an exception of the test, with attributes that the program has set."""
        error = self.named(number)
        if not isinstance(error, BaseException):
            raise values.BadValue("no exception of the test")
        for name, value in attributes.items():
            is_note = type(name) is str and name == "__notes__" and type(value) is list
            if is_note or (type(name) is str and lent_attributes.is_open_of_error(error, name)):
                vars(error)[name] = value
        return error

    def was_named(self) -> bool:
        """Return whether the message that was just read has named an object of the test."""
        named, self._named = self._named, False
        return named

    def thing(self, number: int) -> Any:
        """Return the object of that number."""
        if not 0 <= number < len(self._things):
            raise values.BadValue("no object of the test")
        return self._things[number]

    def knows(self, thing: Any) -> bool:
        """Return whether it is an object of the test that the program has been handed."""
        return _key(thing) in self._numbers

    def encode(self, thing: Any) -> bytes | subclass_values.As | None:
        """Return how an object crosses to the program; ``None`` if it must not."""
        known = self._numbers.get(_key(thing))
        if known is not None:
            return values.encode(("lent", known))
        if isinstance(thing, type):
            return self._class(thing) if _is_lending(thing) else None
        if _is_iterator(thing):
            return values.encode(("iterator", self._number(thing)))
        if isinstance(thing, types.CoroutineType):
            return values.encode(("coroutine", self._number(thing), str(thing.__name__)))
        if is_function(thing):
            name, doc = (getattr(thing, name, None) for name in ("__name__", "__doc__"))
            texts = (text if type(text) is str else None for text in (name, doc))
            told = lent_functions.parameters(thing, untold=self._unfinished)
            described = ("function", self._number(thing), *texts, _is_async(thing), told)
            return values.encode(described, self._extend)
        if not _is_lending(type(thing)) or isinstance(thing, _REFUSED):
            return None
        base = subclass_values.base_of(type(thing))
        if base is not None and base.__name__ in _DATA_BASES:
            header = ("lent data", self._number(thing), type(thing))
            return subclass_values.As(
                values.encode(header, self._extend), subclass_values.exact(thing)
            )
        return values.encode(("lent", self._number(thing), type(thing)), self._extend)

    def error(self, error: BaseException, name: str, args: tuple[Any, ...]) -> bytes:
        """Return how an exception of the test crosses to the program."""
        known = self._numbers.get(_key(error))
        if known is not None:
            return values.encode(("lent", known))
        kind = type(error) if type(error).__module__ == test_cases.MODULE else name
        try:
            return values.encode(("lent error", self._number(error), kind, args), self._extend)
        except values.UnsupportedValue:
            return values.encode(("lent error", self._number(error), kind, ()), self._extend)

    def _class(self, kind: type) -> bytes:
        number = self._number(kind)
        how = "error" if issubclass(kind, BaseException) else ""
        base = subclass_values.base_of(kind)
        if base is not None and base.__name__ in _DATA_BASES:
            how = base.__name__
        is_known = kind.__bases__ if how == "error" else filter(is_own, kind.__bases__)
        bases = tuple(base for base in is_known if is_own(base) or channel.builtin_name(base))
        described = (kind.__name__, kind.__doc__, how, protocols.of(kind), protocols.of(type(kind)))
        self._unfinished.append(id(kind))
        try:
            told = (None, ())
            if is_own(kind) and len(self._unfinished) <= _MOST_UNFINISHED:
                told = lent_functions.of_class(kind, self._unfinished)
            return values.encode(("lent class", number, *described, bases, *told), self._extend)
        finally:
            self._unfinished.pop()

    def _number(self, thing: Any) -> int:
        self._things.append(thing)
        number = self._numbers[_key(thing)] = len(self._things) - 1
        return number

    def perform(self, name: str, number: int, rest: tuple[Any, ...], lent: bool) -> Any:
        """Do what the program asks of an object of the test."""
        thing = self.thing(number)
        if _is_iterator(thing) and not is_own(type(thing)):
            if name != "next":
                raise TypeError("an iterator of the test can only be resumed")
            return next(thing)
        if name.startswith("await "):
            return self._awaitables.perform(thing, name, rest)
        if isinstance(thing, types.CoroutineType):
            raise TypeError("a coroutine of the test can only be awaited")
        if name == "call":
            args, kwargs = rest
            if isinstance(thing, type) and not (is_own(thing) or thing in _MAKEABLE):
                raise TypeError(f"the program cannot make a {thing.__name__} of the test's here")
            if lent:
                _check_call(thing)
            return thing(*args, **dict(kwargs))
        if is_function(thing) or isinstance(thing, AssertionError):
            raise TypeError("a function of the test can only be called")
        match name, rest:
            case "get", ("__dict__",):  # a copy: changes are asked for one by one
                return lent_attributes.attributes(thing)
            case "get", (str(attribute),):
                return getattr(thing, lent_attributes.open_name(thing, attribute))
            case "set", (str(attribute), value):
                return setattr(thing, lent_attributes.changing(thing, attribute), value)
            case "delattr", (str(attribute),):
                return delattr(thing, lent_attributes.changing(thing, attribute))
        return _operate(thing, name, rest)


def _operate(thing: Any, name: str, rest: tuple[Any, ...]) -> Any:
    """Do one of the operations of Python's protocols."""
    prefix = (
        name[:1] if name not in protocols.ARITHMETIC and name[1:] in protocols.ARITHMETIC else ""
    )
    if prefix or name in protocols.ARITHMETIC or name in protocols.COMPARISONS:
        method = getattr(type(thing), f"__{name}__", None)
        return NotImplemented if method is None else method(thing, *rest)
    if name not in _OPERATIONS:
        raise TypeError("no operation of an object of the test")
    return protocols.OPERATIONS[name](thing, *rest)


def _key(thing: Any) -> Any:
    """Return what tells an object from others: a method is made anew each time it is looked up."""
    if isinstance(thing, _BOUND) and not isinstance(thing.__self__, types.ModuleType):
        return id(thing.__self__), getattr(thing, "__name__", "")
    return id(thing)


def _check_call(called: Any) -> None:
    """Refuse to hand an object of the test to a function that may look into it.

    ``getattr`` and ``str.format`` would tell the program what it may not ask for itself.
    """
    while isinstance(called, functools.partial):
        called = called.func
    if isinstance(called, types.FunctionType | types.MethodType):
        if not (_is_of_test(called) or called.__module__ in _STORING):
            raise TypeError("objects of the test cannot be arguments of this function here")
        return
    if not is_function(called):
        return
    holder = getattr(called, "__self__", None)
    if isinstance(holder, _STORES) or is_own(type(holder)):
        return
    if type(called).__module__ not in ("operator", "_operator"):
        raise TypeError("objects of the test cannot be arguments of this function here")


def _is_of_test(function: types.FunctionType | types.MethodType) -> bool:
    """Return whether a function stands in the test's code."""
    plain = getattr(function, "__func__", function)
    code = getattr(plain, "__code__", None)
    return code is not None and code.co_filename in ("<test>", "<setup>")


def _is_lending(kind: type) -> bool:
    if is_derived(kind, "unittest.case", "TestCase") or (
        issubclass(kind, _REFUSED) and not is_own(kind)
    ):
        return False
    return is_own(kind) or kind.__module__ in _LENDING or kind is object


def _is_iterator(thing: Any) -> bool:
    """Return whether it is an iterator of Python's own: it can only be resumed."""
    return isinstance(thing, Iterator) and type(thing).__module__ in ("builtins", "itertools")


def _is_async(function: Any) -> bool:
    """Return what ``inspect.iscoroutinefunction`` says, which takes long to import."""
    if "inspect" in sys.modules:
        return bool(sys.modules["inspect"].iscoroutinefunction(function))
    if isinstance(function, types.MethodType):
        function = function.__func__
    while isinstance(function, functools.partial):
        function = function.func
    is_python = isinstance(function, types.FunctionType)
    return is_python and bool(function.__code__.co_flags & CO_COROUTINE)
