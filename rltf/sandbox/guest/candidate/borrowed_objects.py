"""Stand-ins for objects of the test: the program uses them, and the test's own objects answer.

A stand-in's class has the special methods of the class in the test, and its bases, so that
``callable``, ``isinstance`` and ``except`` work as they would beside the test. See
judge/lent_objects.py for what the program may ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..shared import channel, protocols, subclass_values, values
from . import borrowed_functions
from .borrowed_attributes import BorrowedAttributes
from .borrowed_awaitables import Awaited, coroutine

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

    Ask = Callable[..., Any]

_NUMBER = "_rltf_number"
_CLASS_NUMBER = "_rltf_class_number"
_PARAMETERS = "_rltf_parameters"
_asks: list[Ask] = []
"""How to ask about an object of the test: ``ask(name, number, *rest)``."""


def _ask(thing: Any, name: str, *rest: Any) -> Any:
    return _asks[-1](name, _number_of(thing), *rest)


def _number_of(thing: Any) -> int:
    number: int = object.__getattribute__(thing, _NUMBER)
    return number


class Borrowed:
    """Stands for an object of the test."""

    __slots__ = (_NUMBER, "__weakref__")

    def __getattr__(self, name: str) -> Any:
        return _ask(self, "get", name)

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self, "set", name, value)

    def __delattr__(self, name: str) -> None:
        _ask(self, "delattr", name)

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        return BorrowedAttributes(self, _ask(self, "get", "__dict__"))

    def __str__(self) -> Any:
        return _ask(self, "str")

    def __repr__(self) -> Any:
        return _ask(self, "repr")

    def __format__(self, spec: str) -> Any:
        return _ask(self, "format", spec)

    def __copy__(self) -> Any:
        return _ask(self, "copy")

    def __deepcopy__(self, memo: Any) -> Any:
        return _ask(self, "deepcopy")


class BorrowedClass(type):
    """Stands for a class of the test: calling it makes an object of the test."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        number = vars(cls).get(_CLASS_NUMBER)
        if number is None:  # a class that the program derives from it
            return super().__call__(*args, **kwargs)
        return _asks[-1]("call", number, args, tuple(kwargs.items()))

    @property
    def __signature__(cls) -> Any:
        parameters = vars(cls).get(_PARAMETERS)
        if parameters is None:
            raise AttributeError("__signature__")
        import inspect

        return inspect.signature(borrowed_functions.function(cls, parameters))

    def __getattr__(cls, name: str) -> Any:
        for base in cls.__mro__:
            if _CLASS_NUMBER in vars(base):
                return _asks[-1]("get", vars(base)[_CLASS_NUMBER], name)
        raise AttributeError(name)

    def __setattr__(cls, name: str, value: Any) -> None:
        if _CLASS_NUMBER in vars(cls) and not name.startswith("__"):
            _asks[-1]("set", vars(cls)[_CLASS_NUMBER], name, value)
        else:
            super().__setattr__(name, value)


def _operation(name: str) -> Callable[..., Any]:
    if name == "call":
        return lambda self, *args, **kwargs: _ask(self, "call", args, tuple(kwargs.items()))
    if name == "exit":
        return lambda self, kind, error, trace: _ask(self, name, error)
    return lambda self, *operands: _ask(self, name, *operands)


def _waiting(how: str) -> Callable[..., Any]:
    def waited(self: Any, *args: Any) -> Awaited:
        return Awaited(_asks[-1], _number_of(self), how, *args)

    if how == "await":
        return lambda self: waited(self).__await__()
    return waited if how != "aexit" else lambda self, kind, error, trace: waited(self, error)


_WAITING = ("await", "anext", "aenter", "aexit")
_LEFT = frozenset({"str", "repr", "format", protocols.NO_HASH, *_WAITING})


def _members(operations: str) -> dict[str, Any]:
    names = operations.split(",") if operations else []
    members: dict[str, Any] = {
        f"__{name}__": _operation(name) for name in names if name not in _LEFT
    }
    members["__slots__"] = ()
    members.update({f"__{how}__": _waiting(how) for how in _WAITING if how in names})
    if protocols.NO_HASH in names:
        members["__hash__"] = None
    elif "hash" not in names:
        members["__hash__"] = object.__hash__
    return members


_OF_ENUM = ("iter", "len", "getitem", "contains")


def _metaclass(operations: str) -> type[BorrowedClass]:
    """Return the class of a class whose own class has operations, as an enum's has."""
    names = [name for name in _OF_ENUM if name in operations.split(",")]
    if not names:
        return BorrowedClass

    def of_class(name: str) -> Callable[..., Any]:
        return lambda cls, *operands: _asks[-1](name, vars(cls)[_CLASS_NUMBER], *operands)

    return type("BorrowedEnum", (BorrowedClass,), {f"__{name}__": of_class(name) for name in names})


def _of_data(self: Any, name: str) -> Any:
    return _ask(self, "get", name)


class BorrowedObjects:
    """The objects of the test that the program has been handed, by number."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._things: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        _asks[:] = [ask]

    def number(self, thing: Any) -> int | None:
        """Return the number of an object of the test; ``None`` if it is the program's."""
        return self._numbers.get(id(thing))

    def set_on(self, thing: Any) -> dict[str, Any]:
        """Return the attributes that the program has set on an exception of the test."""
        if not isinstance(thing, BaseException):
            return {}
        return {name: each for name, each in vars(thing).items() if name != _NUMBER}

    def resolve(self, described: Any) -> Any:
        """Return the stand-in that an extension of the channel describes."""
        match described:
            case ("lent", int(number)):
                return self._things[number]
            case ("lent", int(number), type() as kind):
                return self._keep(number, _instance(kind, number))
            case ("iterator", int(number)):
                return self._keep(number, self._iterate(number))
            case ("coroutine", int(number), str(name)):
                waiting: Any = coroutine(self._ask, number)
                waiting.__name__ = waiting.__qualname__ = name
                return self._keep(number, waiting)
            case ("function", int(number), name, doc, bool(is_async), parameters):
                made = self._function(number, is_async, parameters)
                if name is not None:
                    made.__name__ = made.__qualname__ = name
                made.__doc__, made.__module__ = doc, "solution"
                return self._keep(number, made)
            case ("lent class", int(number), str(name), doc, str(how), str(of), str(meta), *rest):
                bases, parameters, fields = rest
                kind = self._class(name, how, of, meta, bases)
                members = {"__doc__": doc, "__module__": "solution", _CLASS_NUMBER: number}
                if fields:
                    members |= borrowed_functions.members_of_dataclass(fields)
                members[_PARAMETERS] = parameters
                for member, value in members.items():
                    type.__setattr__(kind, member, value)
                return self._keep(number, kind)
            case ("lent error", int(number), kind, tuple(args)):
                return self._keep(number, self._error(kind, number, args))
        raise values.BadValue("an unknown extension")

    def resolve_data(self, described: Any, data: Any) -> Any:
        """Return the stand-in of an object of the test that is data as well."""
        match described:
            case ("lent data", int(number), type() as kind):
                base: Any = subclass_values.BASES[type(data).__name__]
                how = data.__reduce_ex__(4)[1] if "__reduce__" in vars(base) else ()
                thing = base.__new__(kind, *(how or (data,)))
                object.__setattr__(thing, _NUMBER, number)
                return self._keep(number, thing)
        raise values.BadValue("an unknown likeness")

    def _keep(self, number: int, thing: Any) -> Any:
        self._things[number] = thing
        self._numbers[id(thing)] = number
        return thing

    def _class(self, name: str, how: str, of: str, meta: str, bases: tuple[type, ...]) -> Any:
        if how == "error":
            made: Any = _BorrowedErrorClass(name, bases or (Exception,), _error_members(of))
            return made
        if how:
            own = tuple(base for base in bases if isinstance(base, BorrowedClass))
            base = subclass_values.BASES[how]
            is_covered = any(issubclass(each, base) for each in own)
            members: dict[str, Any] = {"__getattr__": _of_data}
            return _metaclass(meta)(name, own if is_covered else (*own, base), members)
        return _metaclass(meta)(name, bases or (Borrowed,), _members(of))

    def _function(self, number: int, is_async: bool, parameters: Any) -> Any:
        ask = self._ask
        if parameters is None:
            parameters = (), 0, 0, (), (), "args", "kwargs", ()

        def call(args: Any, kwargs: Any) -> Any:
            return ask("call", number, args, tuple(kwargs.items()))

        return borrowed_functions.function(call, parameters, is_async)

    def _iterate(self, number: int) -> Iterator[Any]:
        while True:
            try:
                item = self._ask("next", number)
            except StopIteration:
                return
            yield item

    def _error(self, kind: Any, number: int, args: tuple[Any, ...]) -> BaseException:
        made = channel.error(kind, args) if type(kind) is str else kind.__new__(kind, *args)
        vars(made)[_NUMBER] = number
        return made


class _BorrowedErrorClass(BorrowedClass):
    """Stands for an exception class of the test."""


def _error_members(operations: str) -> dict[str, Any]:
    members: dict[str, Any] = {"__getattr__": _of_data}
    if "str" in operations.split(","):
        members["__str__"] = lambda self: _ask(self, "str")
    return members


def _instance(kind: Any, number: int) -> Any:
    made = object.__new__(kind)
    object.__setattr__(made, _NUMBER, number)
    return made
