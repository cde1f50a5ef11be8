"""The judge's stand-ins for what lives in the candidate's process.

A function or class of the program is a stub: calling it sends a message. An instance of a class of
the program's own is a handle. A handle never equals or orders against plain data: Python asks the
handle, the handle says NotImplemented, and so `handle == 5` is False and `handle < 5` a TypeError,
whatever the program has defined. Operators reach the program only between two handles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Session(Protocol):
    """What stubs need of the judge's end of the channel."""

    def request(self, *message: Any) -> Any:
        """Asks the candidate; returns its value, or raises what it raised."""
        ...


_TOLD = frozenset({"__name__", "__qualname__", "__doc__"})


def _ordinary(name: str) -> str:
    """An attribute that a program may answer for. Protocols of Python and of libraries are asked of
    the judge's own objects only, since those who ask them trust the answer."""
    if name.startswith("__") and name.endswith("__") and name not in _TOLD:
        raise AttributeError(f"an object of the program has no attribute {name!r} here")
    return name


class Handle:
    """An object in the candidate's process."""

    __slots__ = ("_rltf_number", "_rltf_session", "_rltf_type")

    def __init__(self, session: Session, number: int, type_name: str) -> None:
        object.__setattr__(self, "_rltf_session", session)
        object.__setattr__(self, "_rltf_number", number)
        object.__setattr__(self, "_rltf_type", type_name)

    __array_ufunc__ = None  # numpy leaves operators to us

    def __getattr__(self, name: str) -> Any:
        return self._rltf_session.request("get", self, _ordinary(name))

    def __setattr__(self, name: str, value: Any) -> None:
        self._rltf_session.request("set", self, _ordinary(name), value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._rltf_session.request("call", self, args, kwargs)

    def __hash__(self) -> int:
        return hash((Handle, self._rltf_number))


def _unary(name: str, kind: type | None) -> Callable[..., Any]:
    """An operation whose answer must be of ``kind``, if one is given."""

    def method(self: Handle, *operands: Any) -> Any:
        answer = self._rltf_session.request("operate", name, (self, *operands))
        if kind is not None and type(answer) is not kind:
            raise TypeError(f"{self._rltf_type}.__{name}__ returned no {kind.__name__}")
        return answer

    return method


def _binary(name: str) -> Callable[..., Any]:
    def method(self: Handle, other: Any) -> Any:
        if type(other) is not Handle:
            return NotImplemented
        return self._rltf_session.request("operate", name, (self, other))

    return method


for _name, _kind in {
    "len": int,
    "str": str,
    "repr": str,
    "bool": bool,
    "contains": bool,
    "iter": None,
    "next": None,
    "getitem": None,
    "setitem": None,
    "delitem": None,
    "enter": None,
    "exit": None,
    "neg": None,
    "pos": None,
    "abs": None,
    "invert": None,
}.items():
    setattr(Handle, f"__{_name}__", _unary(_name, _kind))
for _name in [
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and_",
    "or_",
    "xor",
    "lshift",
    "rshift",
]:
    setattr(Handle, f"__{_name.rstrip('_')}__", _binary(_name))


class FunctionStub:
    """A function of the program."""

    def __init__(self, session: Session, name: str) -> None:
        self._rltf_session = session
        self._rltf_name = self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._rltf_session.request("call", self, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return self._rltf_session.request("get", self, _ordinary(name))


class ClassStub(type):
    """A class of the program; the stub is a class too, so that ``isinstance`` works."""

    _rltf_session: Session
    _rltf_name: str

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._rltf_session.request("call", cls, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        return cls._rltf_session.request("get", cls, _ordinary(name))

    def __instancecheck__(cls, instance: Any) -> bool:
        if type(instance) is not Handle:
            return False
        return cls._rltf_session.request("instance", instance, cls) is True


def class_stub(session: Session, name: str) -> ClassStub:
    """The stub of the program's class ``name``."""
    return ClassStub(name, (), {"_rltf_session": session, "_rltf_name": name})
