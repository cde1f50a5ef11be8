"""What the words of a test mean: the modules and classes that the program must not change.

They are noted before the program is loaded, and looked at again at each check of the test
(csrc/python/guard.c). A test that patches a module may do so: its own words are left out.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import types
import warnings

from ..shared import classes, python_names
from ..test_code import frameworks
from . import type_attributes

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_OF_FRAMEWORKS = """
    collections contextlib difflib functools operator pprint re reprlib types unittest.case unittest.loader
    unittest.mock unittest.result unittest.suite unittest.util
"""
"""What the frameworks use to judge."""
_OF_OURS = "ast contextlib functools itertools marshal struct"
"""What our own code uses beside a program. Nothing may touch these once the program is loaded."""
_USES = {
    "asyncio": "asyncio.runners asyncio.base_events asyncio.tasks asyncio.locks",
    "collections": "heapq operator",
    "fractions": "decimal functools math numbers operator re",
    "importlib": "_frozen_importlib",
    "json": "json.decoder json.encoder json.scanner",
    "numpy": "numpy.linalg numpy._core.fromnumeric numpy._core._methods numpy._core.numeric",
    "numpy.testing": "numpy numpy.testing._private.utils",
    "pandas.testing": "pandas._testing.asserters",
    "re": "enum functools re._compiler re._parser",
    "statistics": "bisect collections decimal fractions functools itertools math numbers operator",
}
"""What some modules use that are written in Python."""
_NEVER = frozenset(
    [
        "builtins",
        "gc",
        "logging",
        "signal",
        "socket",
        "solution",
        "sys",
        "threading",
        "warnings",
    ]
)
"""Programs change these when they work as they should."""


def modules_at(paths: Iterable[str]) -> list[str]:
    """Return the names of the modules that these paths lead to (``os.path``: ``posixpath``)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of members that are out of use
        found = [_at(path) for path in paths]
    return [thing.__name__ for thing in found if isinstance(thing, types.ModuleType)]


def _at(path: str) -> Any:
    top, *steps = path.split(".")
    try:
        found = importlib.import_module(top)
        for step in steps:
            if not isinstance(found, types.ModuleType):
                return None
            found = getattr(found, step)
    except Exception:  # the test will say so
        return None
    return found


class Words:
    """The modules that a test may mean, as they were before the program was loaded."""

    def __init__(self, watch: Callable[[str, Any, bool, bool], None]) -> None:
        self._watch = watch
        for name in _OF_OURS.split():
            importlib.import_module(name)
        self._modules = dict(sys.modules)
        self._classes: dict[str, type] = {}
        """By name, classes of the standard library that are written in Python."""
        self.is_patched = False
        """Whether the test itself changes modules."""
        for name in _OF_OURS.split():
            self._watch_module(name, sys.modules[name], is_ours=True)

    def watch(self, named: Iterable[str]) -> None:
        """Watch what a test means that names these modules. The guard is about to be up."""
        if named:
            self._modules.update(sys.modules)
        for name in ("builtins", "_cffi_backend", *frameworks.hidden):
            self._modules.pop(name, None)
        names = [*named, *(_OF_FRAMEWORKS.split() if frameworks.hidden else ())]
        names += [each for name in names for each in _USES.get(name, "").split()]
        for name in dict.fromkeys(names):
            module = frameworks.loaded(name)
            is_left_out = name.partition(".")[0] in _NEVER or name in _OF_OURS.split()
            if module is not None and not is_left_out:
                self._watch_module(name, module, is_ours=False)

    def _watch_module(self, name: str, module: Any, *, is_ours: bool) -> None:
        watch = self._watch
        watch(name, vars(module), is_ours, True)
        if name.partition(".")[0] not in sys.stdlib_module_names:
            for kind in _classes_of_package(module):
                watch(f"{name}.{kind.__name__}", type_attributes.of(kind), False, False)
            return
        for kind in _classes(module):
            self._classes[kind.__name__] = kind
            watch(f"{name}.{kind.__name__}", type_attributes.of(kind), is_ours, False)
        for attribute, thing in list(vars(module).items()):
            if type(thing).__module__.partition(".")[0] == name.partition(".")[0]:
                own = getattr(thing, "__dict__", None)
                if type(own) is dict:
                    watch(f"{name}.{attribute}", own, False, False)

    def load(self, origins: dict[str, python_names.Origin]) -> dict[str, Any]:
        """Return what names of Python mean, whatever the program has put among the modules."""
        found = {}
        for name, origin in origins.items():
            module, member = origin
            known = frameworks.hidden.get(module) or self._modules.get(module)
            with contextlib.suppress(KeyError, AttributeError):
                if known is None:
                    found[name] = python_names.load(origin)
                else:
                    found[name] = getattr(known, member) if member else known
        return found

    def unpatched_classes(self, patched: frozenset[str]) -> list[type]:
        """Return the classes that the test does not change."""
        return [kind for name, kind in self._classes.items() if name not in patched]

    def check_module(self, lose: Callable[[str], None]) -> Callable[[str], None]:
        """Return a function that looks whether a module is the one that the program found."""

        def check(name: str) -> None:
            known = self._modules.get(name)
            if known is None or self.is_patched or name in ("builtins", "solution", "__main__"):
                return
            if sys.modules.get(name) is not known:
                lose(f"the program has replaced the module {name}")

        return check


def _classes_of_package(module: Any) -> Iterable[type]:
    """Return the classes that a module of a package shows, with their bases of that package."""
    package = module.__name__.partition(".")[0]
    shown = [thing for thing in list(vars(module).values()) if isinstance(thing, type)]
    found = {id(kind): kind for thing in shown for kind in classes.bases(thing)}
    return [
        kind
        for kind in found.values()
        if classes.package(kind) == package and not classes.is_made_in_c(kind)
    ]


def _classes(module: Any) -> Iterator[type]:
    for thing in list(vars(module).values()):
        if (
            isinstance(thing, type)
            and thing.__module__ == module.__name__
            and not classes.is_made_in_c(thing)
            and not hasattr(thing, "_fields")  # nodes of a syntax tree, and there are many
        ):
            yield thing
