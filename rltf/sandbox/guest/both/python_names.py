"""What a name of test code means that nothing in the test defines: Python's own things, by name.

The tables are made of what the modules themselves call public. Precedence is the order of the lists.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import types

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

    Origin = tuple[str, str]
    """A module, and its member that a name stands for; "": the module itself."""
    Order = tuple[tuple[str, ...], tuple[str, ...], dict[str, tuple[str, ...]], dict[str, Origin]]
    """Whose the names of a test are, as a judge is told (``rltf.sandbox.judging.name_origins.Names``)."""

_MODULES = """
    math statistics itertools functools collections heapq bisect operator copy re string decimal fractions
    datetime random json time typing collections.abc numbers cmath array io contextlib textwrap
    dataclasses types pathlib pprint hashlib base64 struct uuid unittest
"""
"""Modules whose members programs and tests use by their bare names."""
_MORE = {"literal_eval": ("ast", "literal_eval")}
_OTHERS = "pytest numpy.testing numpy"
"""Packages of which the same is true."""
ALIASES = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "mpl": "matplotlib",
    "nx": "networkx",
    "sns": "seaborn",
    "dt": "datetime",
}
_EFFECTS = {"__main__", "antigravity", "idlelib", "lib2to3", "test", "this", "turtle", "turtledemo"}
"""Modules that do something when they are imported, or that no test is about."""
_SYSTEM = {"msvcrt", "nt", "winreg", "winsound", "tkinter"}
"""Modules that are not on every system."""
MODULES = frozenset(
    name for name in sys.stdlib_module_names - _EFFECTS - _SYSTEM if not name.startswith("_")
)
_tables: dict[str, dict[str, Origin]] = {}


def is_known(module: str) -> bool:
    """Whether it is a module that test code may have in mind."""
    return module in MODULES or module in ALIASES.values()


def home(name: str) -> Origin | None:
    """The member of the standard library that has this name; ``None`` where no usual module has one."""
    return _MORE.get(name) or _table(_MODULES).get(name)


def home_elsewhere(name: str) -> Origin | None:
    """The function of pytest or numpy that has this name, where they are installed."""
    return _table(_OTHERS).get(name)


def _table(modules: str) -> dict[str, Origin]:
    if modules not in _tables:
        found: dict[str, Origin] = {}
        for module in modules.split():
            for name in public(module):
                # single letters (``re.A``, ``math.e``) are anybody's names
                if len(name) == 1 or hasattr(builtins, name):
                    continue
                if modules is _OTHERS and not _is_function(module, name):
                    continue  # ``pytest.Session`` and ``numpy.matrix`` are anybody's classes
                found.setdefault(name, (module, name))
        _tables[modules] = found
    return _tables[modules]


def public(module: str) -> list[str]:
    try:
        loaded = importlib.import_module(module)
    except ImportError:
        return []
    if hasattr(loaded, "__all__"):
        return list(loaded.__all__)
    return [
        name
        for name, thing in vars(loaded).items()
        if not name.startswith("_") and not isinstance(thing, types.ModuleType)
    ]


def _is_function(module: str, name: str) -> bool:
    thing = getattr(sys.modules[module], name, None)
    return callable(thing) and not isinstance(thing, type)


def load(origin: Origin) -> Any:
    """The thing itself.

    Raises:
        KeyError: It is not there.
    """
    module, member = origin
    try:
        found = importlib.import_module(module)
        return getattr(found, member) if member else found
    except Exception:  # whatever a module raises while it is imported
        raise KeyError(member or module) from None
