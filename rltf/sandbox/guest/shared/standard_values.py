"""Standard classes that ``values`` does not write itself: what each is made of, and how to rebuild
it.

An object travels as the name of its kind and one value. A module that programs seldom need is
imported only when a value needs it.
"""

from __future__ import annotations

import collections
import collections.abc
import datetime
import re
import sys
import types

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_name = type.__dict__["__name__"].__get__
_DICTS = (dict, collections.Counter, collections.OrderedDict, collections.defaultdict)


_CHANGEABLE = frozenset({"bytearray", "array", "UserDict", "UserList", "ChainMap", "objects"})


class NotThis(Exception):
    """An object of a kind that travels, but cannot travel itself."""


class Kind:
    """How a standard class travels.

    Args:
        split: makes the value that an object is made of.
        build: makes the object again.
        equal: makes the builtin value that Python's ``==`` says it equals, or ``None``.
    """

    __slots__ = ("build", "equal", "is_changeable", "name", "split")

    def __init__(
        self,
        name: str,
        split: Callable[[Any], Any],
        build: Callable[[Any], Any],
        equal: Callable[[Any], Any] | None = None,
    ) -> None:
        self.name = name
        self.split = split
        self.build = build
        self.equal = equal
        self.is_changeable = name in _CHANGEABLE
        """Whether it is a container that two sides may share (container_content.py)."""


def _typed(value: Any, *wanted: type) -> Any:
    """Check the types of parts: other types may make building slow, or build something else."""
    if type(value) not in wanted:
        raise TypeError("a part of a wrong type")
    return value


def _module(name: str) -> Any:
    __import__(name)
    return sys.modules[name]


def _holder(kind: Any, inner: type) -> Kind:
    """UserDict, UserList and UserString, which keep their content in ``data``."""

    def split(value: Any) -> Any:
        data = vars(value).get("data")
        if type(data) is not inner:
            raise NotThis
        return data

    def build(data: Any) -> Any:
        made = kind(inner())
        made.data = _typed(data, inner)
        return made

    return Kind(kind.__name__, split, build, split)


def _view(kind: Any, make: Callable[[Any], Any], equal: Callable[[Any], Any] | None) -> Kind:
    """Return the kind of a view of a dict, which travels as its content."""
    return Kind(kind.__name__, list, lambda items: make(_typed(items, list)), equal)


def _views(mapping: Any) -> list[tuple[type, Kind]]:
    empty = mapping()
    keys, values, items = type(empty.keys()), type(empty.values()), type(empty.items())
    return [
        (keys, _view(keys, lambda shown: mapping.fromkeys(shown).keys(), set)),
        (values, _view(values, lambda shown: mapping(enumerate(shown)).values(), None)),
        (items, _view(items, lambda shown: mapping(shown).items(), _pairs)),
    ]


def _abstract(kind: Any, equal: Callable[[Any], Any] | None) -> Kind:
    """Return the kind of a view of a UserDict or a ChainMap."""

    def split(view: Any) -> Any:
        return _typed(view._mapping, collections.UserDict, collections.ChainMap)

    def build(mapping: Any) -> Any:
        return kind(_typed(mapping, collections.UserDict, collections.ChainMap))

    return Kind(kind.__name__, split, build, equal)


def _pairs(view: Any) -> Any:
    """Return the set that an items view equals; ``None`` where a value has no hash."""
    try:
        return set(view)
    except TypeError:
        return None


def _merged(chain: Any) -> Any:
    merged: dict[Any, Any] = {}
    for mapping in reversed(chain.maps):
        if type(mapping) not in _DICTS:
            return None
        merged.update(mapping)
    return merged


def _proxied(proxy: Any) -> Any:
    copy = proxy.copy()
    if type(copy) not in _DICTS:
        raise NotThis
    return copy


def _flat(view: memoryview) -> bytes:
    if view.format != "B" or view.ndim != 1:
        raise NotThis
    return view.tobytes()


def _single(thing: Any) -> Kind:
    return Kind(type(thing).__name__, lambda _: None, lambda _: thing)


_BY_TYPE: dict[type, Kind] = {
    bytearray: Kind("bytearray", bytes, lambda data: bytearray(_typed(data, bytes)), bytes),
    memoryview: Kind("memoryview", _flat, lambda data: memoryview(_typed(data, bytes)), _flat),
    types.MappingProxyType: Kind(
        "mappingproxy",
        _proxied,
        lambda data: types.MappingProxyType(_typed(data, *_DICTS)),
        _proxied,
    ),
    collections.ChainMap: Kind(
        "ChainMap",
        lambda chain: _typed(chain.maps, list),
        lambda maps: collections.ChainMap(*_typed(maps, list)),
        _merged,
    ),
    collections.UserDict: _holder(collections.UserDict, dict),
    collections.UserList: _holder(collections.UserList, list),
    collections.UserString: _holder(collections.UserString, str),
    **dict(_views(dict)),
    **dict(_views(collections.OrderedDict)),
    collections.abc.KeysView: _abstract(collections.abc.KeysView, set),
    collections.abc.ValuesView: _abstract(collections.abc.ValuesView, None),
    collections.abc.ItemsView: _abstract(collections.abc.ItemsView, _pairs),
    slice: Kind(
        "slice",
        lambda value: (value.start, value.stop, value.step),
        lambda parts: slice(*_typed(parts, tuple)),
    ),
    type(...): _single(...),
    type(NotImplemented): _single(NotImplemented),
    datetime.timezone: Kind(
        "timezone",
        lambda zone: zone.__getinitargs__(),
        lambda parts: datetime.timezone(*_typed(parts, tuple)),
    ),
    re.Pattern: Kind(
        "Pattern",
        lambda pattern: (pattern.pattern, pattern.flags),
        lambda parts: re.compile(*_typed(parts, tuple)),
    ),
}


def _by_text(module: str, name: str) -> Kind:
    """Return the kind of a class whose instances can be built from their text."""
    return Kind(name, str, lambda text: getattr(_module(module), name)(_typed(text, str)))


def _zone_key(zone: Any) -> str:
    if type(zone.key) is not str:
        raise NotThis
    return zone.key


def _array(parts: Any) -> Any:
    code, data = _typed(parts, tuple)
    made = _module("array").array(_typed(code, str))
    made.frombytes(_typed(data, bytes))
    return made


def _moment(parts: Any) -> Any:
    return _module("time").struct_time(*_typed(parts, tuple))


def _masked(parts: Any) -> Any:
    data, mask = _typed(parts, tuple)
    return _module("numpy.ma").MaskedArray(data, mask)


def _objects(parts: Any) -> Any:
    """Return the kind of numpy arrays of Python objects."""
    numpy = _module("numpy")
    shape, items = _typed(parts, tuple)
    made = numpy.empty(len(_typed(items, list)), object)
    made[:] = items
    return made.reshape(_typed(shape, tuple))


OBJECTS = Kind("objects", lambda array: (array.shape, array.ravel().tolist()), _objects)
_LATE: dict[str, tuple[str, Kind]] = {
    kind.name: (module, kind)
    for module, kind in [
        ("array", Kind("array", lambda array: (array.typecode, array.tobytes()), _array)),
        ("time", Kind("struct_time", lambda time: time.__reduce__()[1], _moment, tuple)),
        ("uuid", Kind("UUID", lambda uuid: uuid.int, lambda n: _module("uuid").UUID(int=n))),
        ("zoneinfo", Kind("ZoneInfo", _zone_key, lambda key: zone_of(_typed(key, str)))),
        *(
            ("pathlib", _by_text("pathlib", flavour + name))
            for flavour in ("", "Pure")
            for name in ("PosixPath", "WindowsPath")
        ),
        *(
            ("ipaddress", _by_text("ipaddress", version + name))
            for version in ("IPv4", "IPv6")
            for name in ("Address", "Network", "Interface")
        ),
        (
            "numpy",
            Kind(
                "matrix",
                lambda matrix: _module("numpy").asarray(matrix),
                lambda array: _module("numpy").matrix(array),
                lambda matrix: _module("numpy").asarray(matrix),
            ),
        ),
        (
            "numpy.ma",
            Kind(
                "MaskedArray",
                lambda array: (
                    _module("numpy").asarray(array.data),
                    _module("numpy").ma.getmaskarray(array),
                ),
                _masked,
            ),
        ),
    ]
}
"""Classes whose modules may be missing, by their names."""
_BY_NAME = {
    kind.name: kind for kind in (*_BY_TYPE.values(), *(kind for _, kind in _LATE.values()), OBJECTS)
}


def of(kind: type) -> Kind | None:
    """Return how instances of exactly this class travel; ``None`` if there is no way."""
    exact = _BY_TYPE.get(kind)
    if exact is None:
        module, late = _LATE.get(_name(kind), ("", None))
        if late is not None and getattr(sys.modules.get(module), late.name, None) is kind:
            return late
    return exact


def type_named(name: str) -> Any:
    """Return the class whose kind has that name. Raise ``KeyError`` if there is none."""
    for exact, kind in _BY_TYPE.items():
        if kind.name == name:
            return exact
    module, _ = _LATE[name]
    return getattr(_module(module), name)


def named(name: object) -> Kind | None:
    """Return the kind of that name."""
    return _BY_NAME.get(name) if type(name) is str else None


def zone_of(key: str) -> Any:
    """Return the time zone of that name."""
    return _module("zoneinfo").ZoneInfo(key)
