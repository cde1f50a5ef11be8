"""Keeping the test, its frameworks and our own code out of the program's reach (csrc/python).

What can be kept apart in one process is kept apart before the program is loaded.
"""

from __future__ import annotations

import gc
import os
import sys
import types
from importlib.machinery import PathFinder

from ..shared.exceptions import TEST_FILENAME
from . import (
    loop_of_guarded_test,
    private_frameworks,
    separate_builtins,
    type_attributes,
    watched_words,
)

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_GUEST = os.path.dirname(os.path.dirname(separate_builtins.separate.__code__.co_filename))


def _generator() -> Any:
    yield


async def _coroutine() -> None:
    pass


async def _async_generator() -> Any:
    yield


def _types() -> list[type]:
    """Return the types whose attributes show too much."""
    generator, coroutine, asynchronous = _generator(), _coroutine(), _async_generator()
    coroutine.close()
    shown = (generator, coroutine, asynchronous, _types, len, sys._getframe())
    return [type(thing) for thing in shown]


class Guard:
    """The functions of the guard, and what it takes to put it up. Made once, before the fork.

    Args:
        lib: The fork server.
    """

    def __init__(self, lib: Any) -> None:
        functions: dict[str, Any] = {}
        if lib.rltf_guard_functions(id(functions)) < 0:
            raise RuntimeError("the guard cannot be set up")
        self._functions = functions
        self.mark = functions["mark"]
        self.use_marks = functions["use_marks"]
        self.begin = functions["begin"]
        self.loaded = functions["loaded"]
        self.lose = functions["lose"]
        self.noted = functions["noted"]
        self.passed = functions["passed"]
        self.broken = functions["broken"]
        self.runs_program = functions["runs_program"]
        self.builtins = separate_builtins.copied()
        # looked up now: once the program runs, it can make pytest look missing
        self.lacks_pytest = PathFinder.find_spec("pytest") is None
        self.words = watched_words.Words(functions["watch"])
        self._watch_builtins()

    def is_programs(self, code: types.CodeType) -> bool:
        """Return whether code is the program's, or was made by it."""
        return not code.co_filename.startswith(self._others)

    def freeze(self, types: list[type]) -> None:
        """Make the attributes of these classes, and of those below them, unchangeable."""
        self._functions["freeze"](types)

    def put_up(self, named: list[str], owners: Iterable[str]) -> None:
        """Put the guard up, for tests that name these modules, and use members of these owners."""
        sets = self.builtins
        # before the frameworks are hidden, since some packages import them (numpy.testing)
        named = [*named, *watched_words.modules_at(owners)]
        self.hidden = private_frameworks.hide(named)
        self.freeze(self.hidden)
        separate_builtins.separate(sets, self._functions["exchange"])
        self._close()
        self._replace_imports()
        self.words.watch(named)
        folders = [folder.rstrip("/") for folder in sys.path if folder.startswith("/")]
        hidden = (_GUEST + "/", TEST_FILENAME, *private_frameworks.folders())
        installed = (*(folder + "/" for folder in folders), "<frozen ")
        self._others = hidden + installed
        dicts = {kind: type_attributes.of(kind) for kind in _types()}
        subclasses = type_attributes.of(type)
        subclasses["__subclasses__"] = _subclasses(subclasses["__subclasses__"])
        self._watch_builtins()
        loop_of_guarded_test.protect_tasks(self.lose)
        proxies = type_attributes.of(types.MappingProxyType)
        self._functions["arm"](dicts, proxies, sets, hidden, installed, tuple(folders))

    def _replace_imports(self) -> None:
        bootstrap: Any = sys.modules["_frozen_importlib"]
        separate_builtins.TRUSTED["__import__"], bootstrap._gcd_import = (
            private_frameworks.importers(
                separate_builtins.TRUSTED["__import__"],
                bootstrap._gcd_import,
                self.words.check_module(self.lose),
                self._functions["serves_hidden"],
            )
        )

    def _watch_builtins(self) -> None:
        """Watch the trusted set: a thread that starts in C runs with it."""
        self._functions["watch"]("builtins", separate_builtins.TRUSTED, True, True)

    def _close(self) -> None:
        """Close what reaches into memory or to every object."""
        backend = sys.modules.pop("_cffi_backend", None)
        closed = [backend.FFI] if backend is not None else []
        core: Any = sys.modules.get("_ctypes")
        if core is not None:
            names = ("_SimpleCData", "_Pointer", "Structure", "Union", "Array", "CFuncPtr")
            closed += [getattr(core, name) for name in names]
        self._functions["close"](closed)
        set_debug = gc.set_debug
        # kept garbage would show objects that nothing else refers to
        gc.set_debug = lambda flags: set_debug(flags & ~gc.DEBUG_SAVEALL)


def _subclasses(original: Any) -> Any:
    def __subclasses__(self: type) -> list[type]:
        """Return a list of immediate subclasses."""
        return [kind for kind in original(self) if private_frameworks.shows(self, kind)]

    return __subclasses__


def _is_plain(thing: Any) -> bool:
    """Return whether it is a class without methods, other than special ones."""
    return isinstance(thing, type) and not any(
        name[:2] != "__" and (callable(value) or hasattr(type(value), "__get__"))
        for name, value in vars(thing).items()
    )


def module_of(namespace: dict[str, Any], hides: Any) -> types.ModuleType:
    """Return the test's module for ``sys.modules``. It shows little while ``hides()`` is true."""

    class Module(types.ModuleType):
        def __getattribute__(self, name: str) -> Any:
            if name != "__dict__" and name in namespace:
                value = namespace[name]
                # a class of data may be looked up, to pickle what is made of it
                if _is_plain(value) or not hides():
                    return value
            shown = {} if hides() else namespace
            return shown if name == "__dict__" else super().__getattribute__(name)

        def __setattr__(self, name: str, value: Any) -> None:
            if hides():
                raise AttributeError("the test's module cannot be changed")
            namespace[name] = value

        def __delattr__(self, name: str) -> None:
            if hides():
                raise AttributeError("the test's module cannot be changed")
            namespace.pop(name)

    return Module("__test__")
