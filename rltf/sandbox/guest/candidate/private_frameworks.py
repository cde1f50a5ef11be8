"""The frameworks of the test, which the program cannot reach: ``unittest``, its mocks, pytest.

They are imported before the program is loaded and taken out of ``sys.modules``. A program that
imports ``unittest`` gets another copy. Their classes cannot be changed any more. ``import`` finds
them only in code whose builtins are the trusted ones (see ``separate_builtins.py``).
"""

from __future__ import annotations

import importlib
import sys

from ..shared import classes
from ..test_code import frameworks, test_functions

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType
    from typing import Any

PACKAGES = ("unittest", "pytest", "_pytest", "py", "pluggy", "iniconfig")
_modules = sys.modules


def folders() -> tuple[str, ...]:
    """Return the folders of the frameworks that are hidden."""
    places = {getattr(module, "__file__", None) for module in frameworks.hidden.values()}
    starts = []
    for place in sorted(filter(None, places)):
        folder = place.rpartition("/")[0]
        # ``pytest`` and ``_pytest`` are packages; a module of its own counts alone
        starts.append(folder + "/" if place.endswith("__init__.py") else place)
    return tuple(starts)


def hide(named: Iterable[str]) -> list[type]:
    """Import these modules, as far as they are installed, and hide those that are frameworks.

    Return the classes of the hidden ones.
    """
    for name in named:
        try:
            importlib.import_module(name)
        except Exception:  # the test will say so
            continue
    # while the names are found: what the test may call to run its own tests
    loaded = [name for name in ("unittest", "pytest") if name in _modules]
    test_functions.Host(lambda error: True).prepare(" ".join(loaded))
    if _modules.keys() & PACKAGES:
        frameworks.hidden.update(_take())
    return list(_classes(frameworks.hidden.values()))


def _is_framework(name: str) -> bool:
    return name.partition(".")[0] in PACKAGES


def _take() -> dict[str, ModuleType]:
    """Take all frameworks out of ``sys.modules``."""
    return {name: _modules.pop(name) for name in list(_modules) if _is_framework(name)}


def _classes(modules: Iterable[Any]) -> Iterator[type]:
    for module in modules:
        for thing in list(vars(module).values()):
            if isinstance(thing, type) and _is_framework(thing.__module__):
                yield thing


def importers(
    of_statement: Any,
    of_function: Any,
    before_import: Callable[[str], None],
    serves_hidden: Callable[[], bool],
) -> tuple[Any, Any]:
    """Return an ``__import__``, and what ``importlib.import_module`` calls.

    They find the hidden frameworks, and call ``before_import`` for the test, only while
    ``serves_hidden()`` is true: for code that is hidden itself.
    """

    def __import__(
        name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        package = name if level == 0 else str((globals or {}).get("__package__"))
        if not _is_framework(package) or not serves_hidden():
            before_import(package)
            return of_statement(name, globals, locals, fromlist, level)
        return _among_hidden(lambda: of_statement(name, globals, locals, fromlist, level))

    def _gcd_import(name: str, package: Any = None, level: int = 0) -> Any:
        if not serves_hidden():
            return of_function(name, package, level)
        whole = name if level == 0 else str(package)
        if not _is_framework(whole):
            before_import(whole)
            return of_function(name, package, level)
        return _among_hidden(lambda: of_function(name, package, level))

    return __import__, _gcd_import


def _among_hidden(find: Callable[[], Any]) -> Any:
    """Call ``find`` while the hidden frameworks are in ``sys.modules``."""
    of_program = _take()
    _modules.update(frameworks.hidden)
    try:
        return find()
    finally:
        frameworks.hidden.update(_take())
        _modules.update(of_program)


def shows(base: type, kind: type) -> bool:
    """Return whether the program may find a class among the subclasses of another.

    A class of the test may only be found below a class of the program that it extends.
    """
    home = _home(kind)
    if home == "__test__":
        return _home(base) == "solution" and not any(map(_is_hidden, classes.bases(kind)))
    return not _is_hidden(kind)


def _is_hidden(kind: type) -> bool:
    return _home(kind).partition(".")[0] in (*PACKAGES, "_rltf_guest")


def _home(kind: type) -> str:
    home = classes.namespace(kind).get("__module__")
    return home if type(home) is str else ""
