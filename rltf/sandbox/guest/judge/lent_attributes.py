"""Which attributes of the test's objects the program may read and set.

It reads plain ones, and those of its classes' own data. It sets no code: what the test calls stays
the test's.
"""

from __future__ import annotations

import io
import types
from typing import Any

from ..test_code import test_cases

_OF_STREAMS = frozenset(
    {
        *("close", "closed", "encoding", "errors", "flush", "getvalue", "isatty", "line_buffering"),
        *("mode", "newlines", "read", "read1", "readable", "readall", "readinto", "readline"),
        *("readlines", "seek", "seekable", "tell", "truncate", "writable", "write", "writelines"),
        *("__iter__", "__next__", "__enter__", "__exit__", "__doc__"),
    }
)
"""What a stream tells: nothing that leads to its descriptor."""
_FORMATS = frozenset({"format", "format_map"})
"""Methods of texts that look into what they are given."""
_OF_MOCKS = frozenset({"call_args", "call_args_list", "method_calls", "return_value"})
"""What a mock has recorded is the test's alone, and so is what its class defines."""
_OF_MOCKS_ONLY = ("__", "_mock", "_spec", "_format", "assert")
_TOLD = frozenset({"__dict__", "__doc__", "__len__", "__call__"})
_TOOLS = frozenset({"builtins", "functools", "operator", "_operator"})


def open_name(thing: Any, name: str) -> str:
    """Return the name of an attribute that the program may ask for."""
    is_special = name.startswith("__") and name.endswith("__")
    is_of_test = is_own(type(thing)) or isinstance(thing, types.SimpleNamespace)
    is_hidden = name.startswith("_rltf_") or name in _FORMATS
    if is_hidden or (name == "__dict__" and not is_of_test):
        is_open = False
    elif isinstance(thing, io.IOBase) and not is_of_test:
        is_open = name in _OF_STREAMS
    elif _is_mock(type(thing)):
        is_open = name in _TOLD or not (
            name in _OF_MOCKS or name.startswith(_OF_MOCKS_ONLY) or hasattr(type(thing), name)
        )
    else:
        is_open = name in _TOLD if is_special else is_of_test or not name.startswith("_")
    if not is_open:
        raise AttributeError(f"an object of the test has no attribute {name!r} here")
    return name


def attributes(thing: Any) -> dict[str, Any]:
    """Return a copy of the attributes that the program may read."""
    found = getattr(thing, open_name(thing, "__dict__"))
    names = [name for name in found if not name.startswith("_rltf_")]
    return {name: found[name] for name in names}


def changing(thing: Any, name: str) -> str:
    """Return the name of an attribute that the program may set: no code of the test's class."""
    kind = thing if isinstance(thing, type) else type(thing)
    if kind.__module__ == "argparse" and kind.__name__ != "Namespace":
        raise AttributeError(f"the program may not change {name!r} of a parser of the test")
    if name in _TOLD or _is_method(thing, kind, name) or _is_computed(thing, kind, name):
        raise AttributeError(f"the program may not replace {name!r} of an object of the test")
    return open_name(thing, name)


def _is_method(thing: Any, kind: type, name: str) -> bool:
    """Return whether setting an attribute would replace a function of the test."""
    own = getattr(thing, "__dict__", {}).get(name)
    return callable(getattr(kind, name, None)) or (is_function(own) and not _is_mock(kind))


def is_open_of_error(error: BaseException, name: str) -> bool:
    """Return whether the program may set an attribute of an exception: no code, no ``args``."""
    kind = type(error)
    is_described = hasattr(_of_class(kind, name), "__get__")
    return not (name.startswith("_") or is_described or _is_method(error, kind, name))


def _is_computed(thing: Any, kind: type, name: str) -> bool:
    """Return whether setting an attribute would replace code that computes it, such as a property.

    A property that can be set on an instance runs code of the test instead.
    """
    found = _of_class(kind, name)
    is_set = thing is not kind and hasattr(found, "__set__")
    return hasattr(found, "__get__") and not is_set


def _of_class(kind: type, name: str) -> type:
    """Return the class of what the instances of a class find there under a name."""
    return type(next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None))


def is_own(kind: type) -> bool:
    """Return whether the test defines a class."""
    return kind.__module__ == test_cases.MODULE


def _is_mock(kind: type) -> bool:
    return kind.__module__ == "unittest.mock"


def is_function(thing: Any) -> bool:
    """Return whether it is something of Python's that is only called: a function, a partial …"""
    if isinstance(thing, types.BuiltinFunctionType) and isinstance(
        thing.__self__, types.ModuleType
    ):
        return False  # ``open``, ``eval`` …; harmless ones cross by their names
    return callable(thing) and not isinstance(thing, type) and type(thing).__module__ in _TOOLS
