"""Handles: the judge's stand-ins for objects in the candidate's process.

A handle has the special methods of the program's class. Rules keep answers from the program:

- The program never sees the plain data that a handle is compared with. An object with its own
  ``__eq__`` says what it equals when it comes (equal_data.py), and the judge compares that. All else
  returns NotImplemented, so `handle < 5` is a TypeError, whatever the program has defined. A test
  that does this with an object that it has made, and then fails, needs the program in its own process.
- Arithmetic between an object that the test itself has made (``Money(5) / 2``) and plain data is
  the program's, and its result is like that of any call. The object counts as made by the test until
  the program returns it: a function could return it in the place of a number.
- All other arithmetic with plain data, and the test whether a handle contains it, reach the program only for
  a class that the test names. A test that expects a number writes `abs(f(x) - 0.5) < 1e-6`, which
  would show the program the answer. The result of such arithmetic must again be an object of the
  program, and cannot be used as a number, a text, a container or an array.
- All other results (attributes, items, conversions) are data that the judge compares, so that a lie
  is worth no more than a wrong value.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import sys
import types
from collections.abc import Generator, Iterator, Sized
from typing import Any, NoReturn, Protocol

from ..shared import protocols
from . import data_predicates, event_loop, introspection
from .deliberate_raises import is_deliberate


class SessionProtocol(Protocol):
    """The part of ``session.Session`` that stubs need."""

    changes: int
    """Number of requests that may have changed something."""
    compared_with_data: str
    """The class of an object that the test has made, and compared with plain data."""

    def request(self, *message: Any) -> Any:
        """Ask the candidate. Return its value, or raise what it raised."""
        ...

    def names(self, name: str) -> bool:
        """Return whether the test expects a class of that name."""
        ...

    def unsplit(self, reason: str) -> Unsplit:
        """End the test, because it needs the program in its own process."""
        ...


class Unsplit(BaseException):
    """The test does something that needs the program in its own process.

    It is not an ``Exception``, so that no ``except Exception`` of a test swallows it.
    """


PLAIN = (
    *(bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset),
    *(decimal.Decimal, fractions.Fraction, datetime.timedelta, datetime.date, datetime.datetime),
)


def ordinary(name: str) -> str:
    """Return whether the program may answer for an attribute.

    Protocols of Python and of libraries belong to the judge's own objects, since those who use them
    trust the answer.
    """
    if name.startswith("__") and name.endswith("__") and name not in introspection.TOLD:
        raise AttributeError(f"an object of the program has no attribute {name!r} here")
    return name


def told_attribute(thing: Any, name: str) -> Any:
    """Return an attribute that the program tells."""
    try:
        return introspection.special(thing, name, thing._rltf_session.request)
    except KeyError:
        answer = ordinary_attribute(thing, name)
    is_text = name in introspection.TEXTS and isinstance(answer, str)
    return str.__str__(answer) if is_text else answer


def ordinary_attribute(thing: Any, name: str) -> Any:
    """Return an attribute that the program tells, and that is none of Python's own."""
    if not data_predicates.is_told(thing, name):
        return data_predicates.predicate(thing, name)
    return thing._rltf_session.request("get", thing, ordinary(name))


def unpickled(data: bytes) -> Any:
    """Return the object that the program makes of what it has pickled."""
    return sessions[-1].request("operate", "unpickle", (data,))


unpickled.__module__ = "solution"  # where pickle looks for it
sessions: list[SessionProtocol] = []


def _of_data(name: str) -> bool:
    """Return whether data has an attribute of that name."""
    numpy = sys.modules.get("numpy")
    return any(hasattr(kind, name) for kind in (*PLAIN, *([numpy.ndarray] if numpy else [])))


def came_from_call(handle: Any) -> None:
    """Note that the program has returned an object: it may not be what the test has made."""
    object.__setattr__(handle, "_rltf_made", False)


def came_from_program(error: BaseException) -> bool:
    """Return whether the program raised an exception."""
    return hasattr(error, "_rltf_description")


class Stub:
    """Stands for an object in the candidate's process."""

    __slots__ = ()
    _rltf_session: SessionProtocol
    _rltf_class: tuple[str, Any]
    _rltf_ref: tuple[str, Any]
    _rltf_mixed: bool
    _rltf_made: bool


class Handle(Stub):
    """A stub that is not data. Subclasses have the operations of the program's class."""

    __slots__ = (
        *("__weakref__", "_rltf_equal", "_rltf_length", "_rltf_made", "_rltf_mixed", "_rltf_ref"),
    )
    __array_ufunc__ = None  # numpy leaves operators to us

    def __getattr__(self, name: str) -> Any:
        if self._rltf_mixed and _of_data(name):
            _refuse(self, f"attribute {name!r}")
        return told_attribute(self, name)

    def __dir__(self) -> Any:
        return ask("dir", self)

    def __setattr__(self, name: str, value: Any) -> None:
        self._rltf_session.request("set", self, ordinary(name), value)

    def __delattr__(self, name: str) -> None:
        ask("delattr", self, ordinary(name))

    def __str__(self) -> Any:
        return told(self, "str")

    def __repr__(self) -> Any:
        return told(self, "repr")

    def __format__(self, spec: str) -> Any:
        return told(self, "format", spec)

    def __copy__(self) -> Any:
        return ask("copy", self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return ask("deepcopy", self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return unpickled, (ask("pickle", self),)

    def _rltf_call(self, *args: Any, **kwargs: Any) -> Any:
        return self._rltf_session.request("call", self, args, tuple(kwargs.items()))

    def _rltf_len(self) -> int:
        """Return its length, which is remembered until something may have changed it."""
        now = self._rltf_session.changes
        length: int
        length, when = self._rltf_length
        if when != now:
            length = told(self, "len")
            object.__setattr__(self, "_rltf_length", (length, now))
        return length

    def _rltf_iter(self) -> Any:
        items = told(self, "iter")
        return _counted(self, items, len(self)) if isinstance(self, Sized) else items

    def _rltf_contains(self, item: Any) -> bool:
        if self._rltf_mixed:
            _refuse(self, "membership")
        if isinstance(item, Stub) or is_named(self):
            return ask("contains", self, item) is True
        return any(item is other or item == other for other in iter(self))

    def _rltf_exit(self, kind: Any, error: Any, trace: Any, name: str = "exit") -> bool:
        """Let the program swallow or replace only what it has raised, or was raised for it."""
        if error is None:
            ask(name, self, None)
            return False
        if not isinstance(error, Exception) and not came_from_program(error):
            return False
        may_swallow = came_from_program(error) or is_deliberate(error, trace)
        try:
            swallowed = bool(ask(name, self, error))
        except Exception:
            if may_swallow:
                raise
            return False
        return swallowed and may_swallow

    def _rltf_await(self) -> Generator[Any, Any, Any]:
        return (yield from awaited(self, "await"))

    @types.coroutine
    def _rltf_anext(self) -> Generator[Any, Any, Any]:
        return (yield from awaited(self, "anext"))

    @types.coroutine
    def _rltf_aenter(self) -> Generator[Any, Any, Any]:
        return (yield from awaited(self, "aenter"))

    @types.coroutine
    def _rltf_aexit(
        self, kind: Any, error: BaseException | None, trace: Any
    ) -> Generator[Any, Any, bool]:
        loops = event_loop.running()
        if loops is None:
            return self._rltf_exit(kind, error, trace, "aexit")
        if not event_loop.may_be_told(error):
            return False
        may_swallow = error is not None and (
            came_from_program(error) or is_deliberate(error, trace)
        )
        try:
            swallowed = yield from event_loop.drive(loops, self, "aexit", error)
        except Exception:
            if error is None or may_swallow:
                raise
            return False  # the program must not replace what may be a failed check
        return bool(swallowed) and may_swallow

    def _rltf_aiter(self) -> Any:
        return ask("aiter", self)

    def _rltf_run(self, value: Any) -> Any:
        """Resume a coroutine; without a loop, run it to its end when it is first resumed."""
        loops = event_loop.running()
        if loops is not None:
            return event_loop.step(loops, self, "send", value)
        stop: Any = StopIteration
        raise stop(ask("await", self))

    def _rltf_throw(self, *error: Any) -> Any:
        raised = error[-1] if isinstance(error[-1], BaseException) else error[0]
        loops = event_loop.running()
        if loops is None:
            raise raised
        return event_loop.step(loops, self, "throw", raised)

    def _rltf_close(self) -> None:
        return None


def awaited(handle: Any, how: str) -> Generator[Any, Any, Any]:
    """Wait for an object of the program, in the running loop if there is one."""
    loops = event_loop.running()
    if loops is None:
        return ask(how, handle)
    return (yield from event_loop.drive(loops, handle, how))


def ask(name: str, handle: Any, *operands: Any) -> Any:
    return handle._rltf_session.request("operate", name, (handle, *operands))


def _refuse(handle: Handle, operation: str) -> NoReturn:
    raise TypeError(
        f"the result of arithmetic between a {type(handle).__name__} and plain data: "
        f"{operation} is not told"
    )


def _answer(handle: Handle, name: str, *operands: Any) -> Any:
    answer = ask(name, handle, *operands)
    kind = protocols.ANSWERS[name]
    if kind is not None and type(answer) is not kind:
        raise TypeError(f"{type(handle).__name__}.__{name}__ returned no {kind.__name__}")
    return answer


def is_named(handle: Handle) -> bool:
    """Return whether the test names the class of an object of the program."""
    how, name = handle._rltf_class
    return how == "name" and handle._rltf_session.names(name)


def told(handle: Handle, name: str, *operands: Any) -> Any:
    """Return the result of an operation on one object."""
    answer = _answer(handle, name, *operands)
    return mixed(handle, answer, name) if handle._rltf_mixed else answer


def _counted(handle: Handle, items: Any, length: int) -> Iterator[Any]:
    """Yield as many items as the length says, so that a program cannot skip checks in a loop."""
    before, seen = handle._rltf_session.changes, 0
    for item in items:
        seen += 1
        yield item
    asked = seen + 1  # by this loop
    if seen != length and handle._rltf_session.changes == before + asked:
        raise TypeError(f"a {type(handle).__name__} of length {length} has given {seen} items")


def mixed(handle: Handle, answer: Any, name: str) -> Any:
    """Return the result of arithmetic with plain data."""
    if answer is NotImplemented:
        return answer
    if not isinstance(answer, Handle):
        _refuse(handle, f"{name!r}")
    object.__setattr__(answer, "_rltf_mixed", True)
    return answer
