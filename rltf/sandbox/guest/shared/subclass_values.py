"""Instances of subclasses that are data because they compare as their standard base does.

Python compares a namedtuple, a member of an IntEnum, or an instance of ``class Stack(list)`` as a
tuple, an int, a list. An instance of a class that replaces anything that comparison uses is not
data. Nothing here runs code of the class: attributes are looked up in the dictionaries along its
``__mro__``, and the data is read with the base's own methods.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions

from . import classes, protocols, standard_values

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_ALL = slice(None)
_MISSING = object()


def _by_parts(kind: Any, reduce: Callable[..., Any]) -> Callable[[Any], Any]:
    """Make a ``kind`` from the parts that ``reduce`` returns for an instance of a subclass."""
    return lambda value: kind(*reduce(value)[1])


def _exact_dict(value: Any) -> Any:
    return dict(dict.items(value))  # dict.copy may ask a subclass for its keys


def _exact_counter(value: Any) -> Any:
    return collections.Counter(_exact_dict(value))


def _exact_defaultdict(value: Any) -> Any:
    kind: Any = collections.defaultdict
    return kind(kind.default_factory.__get__(value), _exact_dict(value))


def _exact_deque(value: Any) -> Any:
    deque: Any = collections.deque
    return deque(deque.__iter__(value), deque.maxlen.__get__(value))


_EXACT: dict[type, Callable[[Any], Any]] = {
    int: int.__index__,
    float: float.__pos__,
    complex: complex.__pos__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, _ALL),
    tuple: lambda value: tuple.__getitem__(value, _ALL),
    frozenset: frozenset,
    list: list.copy,
    dict: _exact_dict,
    set: set,
    bytearray: lambda value: bytearray.__getitem__(value, _ALL),
    collections.OrderedDict: lambda value: collections.OrderedDict(
        collections.OrderedDict.items(value)
    ),
    collections.Counter: _exact_counter,
    collections.defaultdict: _exact_defaultdict,
    collections.deque: _exact_deque,
    decimal.Decimal: decimal.Decimal,
    datetime.date: _by_parts(datetime.date, datetime.date.__reduce__),
    datetime.time: _by_parts(datetime.time, lambda value: datetime.time.__reduce_ex__(value, 4)),
    datetime.datetime: _by_parts(
        datetime.datetime, lambda value: datetime.datetime.__reduce_ex__(value, 4)
    ),
    datetime.timedelta: _by_parts(datetime.timedelta, datetime.timedelta.__reduce__),
}
"""By base: the function that makes an exact instance of it."""
BASES = {base.__name__: base for base in _EXACT}
MUTABLE = frozenset(
    {
        *(list, dict, set, bytearray, collections.OrderedDict, collections.Counter),
        *(collections.defaultdict, collections.deque),
    }
)
_HARMLESS = frozenset(
    f"__{name}__"
    for name in (
        *("new", "init", "init_subclass", "class_getitem", "repr", "str", "format", "doc", "dir"),
        *("missing", "setattr", "delattr", "copy", "deepcopy", "reduce", "reduce_ex", "getstate"),
        *("module", "dict", "weakref", "sizeof"),
    )
)
"""Methods that a subclass of a mutable class may replace: tests do not use them on its data."""
_HOLDERS: dict[type, Callable[[Any], Any]] = {
    collections.UserDict: lambda value: collections.UserDict(vars(value)["data"]),
    collections.UserList: lambda value: collections.UserList(vars(value)["data"]),
    collections.UserString: lambda value: collections.UserString(vars(value)["data"]),
    fractions.Fraction: lambda value: fractions.Fraction(value._numerator, value._denominator),
}
"""The same for base classes that are written in Python. Their subclasses have no stand-in that is
data, but a handle that is compared as what the object holds."""
_COMPARING = ("eq", "ne", "lt", "le", "gt", "ge", "hash", "getattribute", "class")
_HOLDING = ("iter", "len", "getitem", "contains")
_COMPARED = {
    base: [
        f"__{name}__"
        for name in (*_COMPARING, *(name for name in _HOLDING if hasattr(base, f"__{name}__")))
    ]
    for base in (*_EXACT, *_HOLDERS)
}
_COMPARED[collections.UserDict] += ["items", "keys"]
"""By base: what a subclass must not replace."""
_EXACT_KINDS, _HOLDER_KINDS = classes.identities(_EXACT), classes.identities(_HOLDERS)
_data_bases: dict[int, tuple[type, type | None]] = {}
"""By the identity of a class: the class, and what ``base_of`` returns."""
_holder_bases: dict[int, tuple[type, type | None]] = {}


class As:
    """The value to write for an object that ``header`` describes."""

    __slots__ = ("header", "value")

    def __init__(self, header: bytes | None, value: object) -> None:
        self.header = header
        self.value = value


def lookup(kind: type, name: str) -> Any:
    """Return what a class or one of its bases has under a name, without binding it."""
    for base in classes.bases(kind):
        attributes = classes.namespace(base)
        if name in attributes:
            return attributes[name]
    return _MISSING


def base_of(kind: type) -> type | None:
    """Return the standard class that instances of ``kind`` compare as, or ``None``."""
    if id(kind) not in _data_bases:
        _data_bases[id(kind)] = kind, _base_of(kind, _EXACT_KINDS)
    return _data_bases[id(kind)][1]


def _holder_of(kind: type) -> type | None:
    """Return the same for classes that are written in Python."""
    if id(kind) not in _holder_bases:
        _holder_bases[id(kind)] = kind, _base_of(kind, _HOLDER_KINDS)
    return _holder_bases[id(kind)][1]


def _base_of(kind: type, bases: frozenset[int]) -> type | None:
    base: type
    for base in classes.bases(kind):
        if id(base) in bases:
            break
    else:
        return None
    if not all(lookup(kind, name) is lookup(base, name) for name in _COMPARED[base]):
        return None
    return base if base not in MUTABLE or _HARMLESS.issuperset(replaced(kind, base)) else None


def exact(value: Any) -> Any:
    """Return the data of an instance that compares as its base, as an instance of that base."""
    base = base_of(type(value))
    if base is not None:
        return held(value, base)
    holder = _holder_of(type(value))
    if holder is None:
        raise TypeError("not data")
    return _HOLDERS[holder](value)


def held(value: Any, base: type) -> Any:
    """Return what an instance of a subclass of ``base`` holds, as an instance of ``base``."""
    return _EXACT[base](value)


def load(thing: Any, base: Any, data: Any) -> None:
    """Replace the content of an instance of a subclass of a mutable class by ``data``."""
    if issubclass(base, dict):
        base.clear(thing)
        for key, value in base.items(data):
            base.__setitem__(thing, key, value)
    elif base is collections.deque:
        base.__init__(thing, data, data.maxlen)
    else:
        base.__init__(thing, data)


def replaced(kind: type, base: type) -> list[str]:
    """Return the names whose attributes differ between the class and its base."""
    names = {
        name
        for each in classes.bases(kind)
        if each is not object
        for name in classes.namespace(each)
    }
    return sorted(
        name
        for name in names
        if (hasattr(base, name) or name == "__missing__")
        and lookup(kind, name) is not lookup(base, name)
    )


def plain(thing: Any) -> As | None:
    """Encode an object as the data that it equals; an extension of ``values.encode``."""
    kind = standard_values.of(type(thing))
    if kind is not None:
        equal = kind.equal(thing) if kind.equal else None
        return None if equal is None else As(None, equal)
    is_data = base_of(type(thing)) or _holder_of(type(thing))
    return As(None, exact(thing)) if is_data else None


def told(kind: type) -> str:
    """Describe a class for the judge: its operations, its base, and what it has replaced.

    For a class whose instances are not data, and for Python's own, this is the operations alone.
    """
    operations = protocols.of(kind)
    base = None if kind in _EXACT else base_of(kind)
    if base is None:
        return f"{operations},{protocols.HOLDS}" if _holder_of(kind) else operations
    names = replaced(kind, base)
    special = {name[2:-2] for name in names}
    class_operations = [
        name
        for name in operations.split(",")
        if name in special or not hasattr(base, f"__{name}__")
    ]
    return ";".join((",".join(class_operations), base.__name__, ",".join(names)))
