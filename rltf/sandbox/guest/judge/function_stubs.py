"""The judge's stand-ins for the functions and classes of the program: to call one sends a message.

The stand-in of a class is a class, whose instances are handles, so that ``type``, ``isinstance``
and ``except`` work as they would in the program's process.
"""

from __future__ import annotations

import abc
import collections.abc
import types
from typing import Any

from ..shared import protocols, subclass_values
from ..test_code.test_cases import MODULE as TEST_MODULE
from . import data_handles, equal_data, introspection, raised_exceptions
from .handle_operations import METHODS, OF_KIND
from .object_handles import (
    Handle,
    SessionProtocol,
    Stub,
    Unsplit,
    ask,
    is_named,
    ordinary,
    ordinary_attribute,
    told_attribute,
)

_IS_ABSTRACT = 1 << 20
"""``inspect.TPFLAGS_IS_ABSTRACT``"""
_ABSTRACT: dict[str, Any] = {
    "ABC": abc.ABC,
    **{name: getattr(collections.abc, name) for name in collections.abc.__all__},
}
_unregistered: list[Any] = []
"""Classes that are being made, of which the program cannot be asked yet."""
_KINDS = {"function": types.FunctionType, "method": types.MethodType}


class FunctionStub:
    """A function of the program.

    Args:
        ref: the program's name for it, or its number.
        kind: what it is, as the program says (candidate/self_description.py).
    """

    __slots__ = ("__weakref__", "_rltf_kind", "_rltf_ref", "_rltf_session")
    _rltf_session: SessionProtocol
    _rltf_ref: tuple[str, Any]
    _rltf_kind: str

    def __init__(self, session: SessionProtocol, ref: tuple[str, Any], kind: str) -> None:
        object.__setattr__(self, "_rltf_session", session)
        object.__setattr__(self, "_rltf_ref", ref)
        object.__setattr__(self, "_rltf_kind", kind)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return _KINDS.get(self._rltf_kind.partition(",")[0], FunctionStub)

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return told_attribute(self, "__doc__")

    __module__ = "solution"

    @property
    def __code__(self) -> Any:
        if not self._rltf_kind:
            raise AttributeError("__code__")
        return introspection.code(self._rltf_kind)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._rltf_session.request("call", self, args, tuple(kwargs.items()))

    def __copy__(self) -> FunctionStub:
        return self  # as Python copies functions

    def __deepcopy__(self, memo: dict[int, Any]) -> FunctionStub:
        return self

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        is_bound = instance is not None and self._rltf_kind.startswith("function")
        return types.MethodType(self, instance) if is_bound else self

    def __getattr__(self, name: str) -> Any:
        return told_attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._rltf_session.request("set", self, ordinary(name), value)

    def __delattr__(self, name: str) -> None:
        ask("delattr", self, ordinary(name))

    def __dir__(self) -> Any:
        return ask("dir", self)

    def __repr__(self) -> Any:
        return ask("repr", self)


# in the body it would mean the annotations of the class
FunctionStub.__annotations__ = property(  # type: ignore[assignment]
    lambda self: told_attribute(self, "__annotations__")
)


def is_stub(thing: object) -> bool:
    """Return whether it stands for something of the program."""
    return isinstance(thing, Stub) or issubclass(type(thing), FunctionStub | _Stub)


def is_stub_of_name(thing: object) -> bool:
    """Return whether it stands for a function or a class of the program."""
    return issubclass(type(thing), FunctionStub | _Stub)


introspection.replace_get_type_hints(is_stub)


def _derived(bases: tuple[type, ...]) -> Unsplit:
    """End the test, because it derives a class from one of these classes of the program."""
    session: SessionProtocol = next(base._rltf_session for base in bases if isinstance(base, _Stub))
    return session.unsplit("the test derives a class from one of the program's")


class _Stub(type):
    """The stub of a class. It is a class itself, so that ``except`` and ``isinstance`` work."""

    _rltf_session: SessionProtocol
    _rltf_class: tuple[str, Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _Stub:
        if "_rltf_class" not in namespace:
            raise _derived(bases)
        return super().__new__(mcs, name, bases, namespace)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        made = cls._rltf_session.request("call", cls, args, tuple(kwargs.items()))
        if isinstance(made, Handle) and type(made) is cls and is_named(made):
            object.__setattr__(made, "_rltf_made", True)
        return made

    def __getattr__(cls, name: str) -> Any:
        return told_attribute(cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        cls._rltf_session.request("set", cls, ordinary(name), value)

    def __delattr__(cls, name: str) -> None:
        ask("delattr", cls, ordinary(name))

    def __dir__(cls) -> Any:
        return ask("dir", cls)


def _told(name: str) -> Any:
    return property(lambda cls: told_attribute(cls, name))


class ClassStub(_Stub):
    """A class of the program whose instances are handles."""

    __doc__ = _told("__doc__")
    __bases__ = _told("__bases__")
    __base__ = _told("__base__")
    __dict__ = _told("__dict__")  # type: ignore[misc]
    __annotations__ = _told("__annotations__")

    @property
    def __mro__(cls) -> Any:
        return type.mro(cls) if cls in _unregistered else told_attribute(cls, "__mro__")

    @property
    def __flags__(cls) -> int:
        flags: int = type.__dict__["__flags__"].__get__(cls)
        return flags | (_IS_ABSTRACT if getattr(cls, "__abstractmethods__", ()) else 0)

    def __iter__(cls) -> Any:
        return ask("iter", cls)

    def __len__(cls) -> Any:
        return ask("len", cls)

    def __bool__(cls) -> bool:
        return True

    def __getitem__(cls, key: Any) -> Any:
        return ask("getitem", cls, key)

    def __contains__(cls, item: Any) -> bool:
        return ask("contains", cls, item) is True

    def __instancecheck__(cls, instance: Any) -> bool:
        if not is_stub(instance) and type(instance).__module__ != TEST_MODULE:
            return False
        return cls._rltf_session.request("operate", "isinstance", (instance, cls)) is True

    def __subclasscheck__(cls, other: Any) -> bool:
        if not issubclass(type(other), _Stub):
            return super().__subclasscheck__(other)
        return cls._rltf_session.request("operate", "issubclass", (other, cls)) is True


ClassStub.__slots__ = _told("__slots__")  # type: ignore[attr-defined]  # in the body it has a meaning


def class_stub(
    session: SessionProtocol, name: str, description: str, ref: tuple[str, Any]
) -> ClassStub:
    """Return the stub of a class, as ``subclass_values.told`` described it in the candidate."""
    namespace: dict[str, Any] = {"__slots__": (), "_rltf_session": session, "_rltf_class": ref}
    namespace["__doc__"] = property(lambda self: session.request("get", self, "__doc__"))
    description, _, qualified = description.partition("#")
    namespace["__qualname__"] = qualified or name
    namespace["__module__"] = "solution"
    description, _, real = description.partition("@")
    description, _, abstract = description.partition("&")
    operations, *like = description.split(";")
    owned = operations.split(",") if operations else []
    if real and (of_python := introspection.class_of_python(real)):
        namespace["__class__"] = property(lambda self: of_python)
    if like:
        base = subclass_values.BASES[like[0]]
        namespace.update(data_handles.namespace(base, owned, like[1].split(",") if like[1] else []))
        return _registered(ClassStub(name, (data_handles.Data, base), namespace), abstract)
    for operation in owned:
        namespace.update(METHODS[operation])
    if "getitem" in owned and "len" in owned:
        namespace.update(METHODS["iter"])
    if "hash" not in owned and protocols.NO_HASH not in owned:
        namespace["__hash__"] = Handle.__hash__
    namespace.update(OF_KIND.get(name, {}))
    return _registered(ClassStub(name, (Handle,), namespace), abstract)


def _registered(stub: ClassStub, abstract: str) -> ClassStub:
    """Return a stub that derives from abstract classes of Python, as ``isinstance`` sees it."""
    if abstract:
        _unregistered.append(stub)
        for name in _ABSTRACT.keys() & abstract.split(","):
            _ABSTRACT[name].register(stub)
        _unregistered.remove(stub)
    return stub


def handle(number: int, kind: ClassStub) -> Handle:
    """Return the stand-in for the object of that number."""
    make: Any = kind
    if not issubclass(type.mro(kind)[1], Handle):
        raise TypeError("what is data is no handle")
    made: Handle = object.__new__(make)
    object.__setattr__(made, "_rltf_ref", ("handle", number))
    object.__setattr__(made, "_rltf_mixed", False)
    object.__setattr__(made, "_rltf_made", False)
    object.__setattr__(made, "_rltf_length", (0, None))
    object.__setattr__(made, "_rltf_equal", equal_data.NOTHING)
    return made


_LINKS = ("__cause__", "__context__", "__suppress_context__")


class ExceptionStub(_Stub):
    """An exception class of the program; to call it makes an exception in the program."""


def _get_of_exception(self: Any, name: str) -> Any:
    if name.startswith("_rltf_"):
        raise AttributeError(name)
    return ordinary_attribute(self, name)


def exception_stub(
    session: SessionProtocol, name: str, bases: tuple[type, ...], ref: tuple[str, Any]
) -> ExceptionStub:
    """Return the stub of an exception class; ``except`` finds it by its bases."""
    namespace: dict[str, Any] = {
        "_rltf_session": session,
        "_rltf_class": ref,
        "__getattr__": _get_of_exception,
        "__str__": lambda self: str(ask("str", self)),
        "__repr__": lambda self: str(ask("repr", self)),
        "args": property(lambda self: self._rltf_session.request("get", self, "args")),
        **{name: raised_exceptions.link(name) for name in _LINKS},
    }
    return ExceptionStub(name, bases, namespace)


def exception(kind: ExceptionStub, number: int) -> BaseException:
    """Return the stand-in for the exception of that number."""
    make: Any = kind
    made: BaseException = make.__new__(make)
    vars(made)["_rltf_ref"] = ("handle", number)
    return made
