"""Stand-ins that are data: instances of the standard class that a class of the program compares as.

Such a stand-in is a real tuple, int or list, made of what the program has sent. The judge compares
it, reads it and changes it by itself. For what the program's class adds or replaces, it asks the
program, as with a handle.

A mutable stand-in holds what the program's object held when it came. Once the test hands it to the
program, both are kept the same: what the test has changed is sent before each request, and what the
program may have changed is fetched after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ..shared import subclass_values
from .handle_operations import METHODS
from .object_handles import Handle, Stub, ask, ordinary

_states: dict[int, _StandInState] = {}
"""By id of a stand-in: an int or a tuple has no attributes. A session keeps them alive."""
_LEFT = frozenset(
    f"__{name}__"
    for name in (
        *(
            "new",
            "init",
            "getattribute",
            "setattr",
            "delattr",
            "class",
            "doc",
            "dir",
            "hash",
            "sizeof",
        ),
        *("init_subclass", "subclasshook", "class_getitem", "reduce", "reduce_ex", "getstate"),
        *("copy", "deepcopy"),
    )
)
_CHANGES = frozenset(
    [
        *("append", "appendleft", "extend", "extendleft", "insert", "pop", "popleft", "popitem"),
        *("remove", "clear", "sort", "reverse", "rotate", "add", "discard", "update", "setdefault"),
        *("move_to_end", "subtract", "difference_update", "intersection_update"),
        *("symmetric_difference_update", "__setitem__", "__delitem__", "__iadd__", "__imul__"),
        *("__ior__", "__iand__", "__ixor__", "__isub__"),
    ]
)
_SHOWN = {"str": Handle.__str__, "repr": Handle.__repr__, "format": Handle.__format__}


class _StandInState:
    """The state of a stand-in in the judge."""

    __slots__ = ("changed", "length", "ref", "shared", "when")

    def __init__(self, number: int) -> None:
        self.ref = ("handle", number)
        self.length: tuple[int, Any] = (0, None)
        self.when: int | None = None
        """The session's count of changes when the stand-in last equaled the program's object."""
        self.shared = False
        """Whether the test has handed it to the program."""
        self.changed = False
        """Whether the test has changed it without the program knowing."""


class Data(Stub):
    """A stub that is data as well. Subclasses have a standard class as base."""

    __slots__ = ()
    _rltf_base: Any
    _rltf_mixed = False
    _rltf_made = False

    @property
    def _rltf_ref(self) -> tuple[str, Any]:  # type: ignore[override]
        state = _states[id(self)]
        if state.changed:
            state.changed = False
            data = subclass_values.held(self, self._rltf_base)
            self._rltf_session.request("operate", "load", (self, data))
            state.when = self._rltf_session.changes
        state.shared = True
        return state.ref

    @property
    def _rltf_length(self) -> tuple[int, Any]:
        return _states[id(self)].length

    @_rltf_length.setter
    def _rltf_length(self, length: tuple[int, Any]) -> None:
        _states[id(self)].length = length

    def __getattr__(self, name: str) -> Any:
        return self._rltf_session.request("get", self, ordinary(name))

    def __setattr__(self, name: str, value: Any) -> None:
        self._rltf_session.request("set", self, ordinary(name), value)

    def __delattr__(self, name: str) -> None:
        ask("delattr", self, ordinary(name))

    def __copy__(self) -> Any:
        return ask("copy", self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return ask("deepcopy", self)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("an object of the program cannot be pickled")


def made(kind: type[Data], number: int, data: Any) -> Data:
    """Return the stand-in for the object of that number."""
    base: Any = kind._rltf_base
    if base in subclass_values.MUTABLE:
        thing = base.__new__(kind)
    elif type(data) is not base:
        raise TypeError("not what its class is like")
    else:
        how = data.__reduce_ex__(4)[1] if "__reduce__" in vars(base) else ()
        thing = base.__new__(kind, *(how or (data,)))
    _states[id(thing)] = _StandInState(number)
    return thing  # type: ignore[no-any-return]


def renew(thing: Data, data: Any) -> None:
    """Load the data that the program has sent again into the stand-in."""
    base = thing._rltf_base
    if type(data) is not base:
        raise TypeError("not what its class is like")
    if base in subclass_values.MUTABLE:
        state = _states[id(thing)]
        subclass_values.load(thing, base, data)
        state.when, state.changed = thing._rltf_session.changes, False


def _refresh(thing: Data) -> None:
    state = _states[id(thing)]
    if state.shared and state.when != thing._rltf_session.changes:
        renew(thing, thing._rltf_session.request("operate", "data", (thing,)))


def _local(name: str, base: type) -> Callable[..., Any]:
    method = getattr(base, name)
    changes = name in _CHANGES

    def local(self: Data, *args: Any, **kwargs: Any) -> Any:
        _refresh(self)
        if changes:
            _states[id(self)].changed = True
        return method(self, *args, **kwargs)

    return local


def _missing(base: Any) -> Callable[..., Any]:
    def getitem(self: Data, key: Any) -> Any:
        _refresh(self)
        if base.__contains__(self, key):
            return base.__getitem__(self, key)
        value = ask("getitem", self, key)
        _states[id(self)].when = None  # the program may have inserted a default
        return value

    return getitem


def _asked(name: str) -> property:
    return property(lambda self: self._rltf_session.request("get", self, name))


def namespace(base: type, operations: list[str], names: list[str]) -> dict[str, Any]:
    """Return the members of a class' stub: the base's own are run here, all others are requests."""
    members: dict[str, Any] = {"_rltf_base": base}
    if base in subclass_values.MUTABLE:
        for name in set(dir(base)) - _LEFT - set(names):
            if callable(getattr(base, name)):
                members[name] = _local(name, base)
        if "__missing__" in names or hasattr(base, "default_factory"):
            members["__getitem__"] = _missing(base)
    members.update({name: _asked(name) for name in names if not name.startswith("__")})
    for operation in operations:
        members.update(METHODS[operation])
        if operation in _SHOWN:
            members[f"__{operation}__"] = _SHOWN[operation]
    return members
