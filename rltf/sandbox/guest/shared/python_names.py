"""What a name means in Python when a test uses it without defining it.

The tables hold what the modules themselves call public. The order of the lists is their precedence.
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
    """A module and the member that a name stands for; ``""``: the module itself."""
    Order = tuple[tuple[str, ...], tuple[str, ...], dict[str, tuple[str, ...]], dict[str, Origin]]
    """The origins of a test's names, as a judge gets them (``judging.name_origins.Names``)."""

_MODULES = """
    math statistics itertools functools collections heapq bisect operator copy re string decimal fractions
    datetime random json time typing collections.abc numbers cmath array io contextlib textwrap
    dataclasses types pathlib pprint hashlib base64 struct uuid unittest
"""
"""Modules whose members programs and tests use without the module's name."""
_MORE = {"literal_eval": ("ast", "literal_eval")}
_OTHERS = "pytest numpy.testing numpy"
"""Packages that are used in the same way."""
ALIASES = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "mpl": "matplotlib",
    "nx": "networkx",
    "sns": "seaborn",
    "dt": "datetime",
}
_PARTS = {
    "concurrent": ("futures",),
    "http": ("client", "server"),
    "importlib": ("util",),
    "urllib": ("error", "parse", "request"),
    "xml": ("etree.ElementTree", "dom.minidom"),
}
"""Modules of packages that the name of the package alone does not import."""
_EFFECTS = {"__main__", "antigravity", "idlelib", "lib2to3", "test", "this", "turtle", "turtledemo"}
"""Modules that act when they are imported, or that tests never use."""
_SYSTEM = {"msvcrt", "nt", "winreg", "winsound", "tkinter"}
"""Modules that are not on every system."""
MODULES = frozenset(
    name for name in sys.stdlib_module_names - _EFFECTS - _SYSTEM if not name.startswith("_")
)
_tables: dict[str, dict[str, Origin]] = {}


def is_known(module: str) -> bool:
    """Return whether it is a module that test code may mean."""
    return module in MODULES or module in ALIASES.values()


def home(name: str) -> Origin | None:
    """Return the origin of this name in the standard library; ``None`` if it has none."""
    return _MORE.get(name) or _table(_MODULES).get(name)


def home_elsewhere(name: str) -> Origin | None:
    """Return the function of pytest or numpy with this name, if they are installed."""
    return _table(_OTHERS).get(name)


def _table(modules: str) -> dict[str, Origin]:
    if modules not in _tables:
        origins: dict[str, Origin] = {}
        for module in modules.split():
            for name in public(module):
                # a single letter (``re.A``, ``math.e``) may mean anything
                if len(name) == 1 or hasattr(builtins, name):
                    continue
                if modules is _OTHERS and not _is_function(module, name):
                    continue  # ``pytest.Session`` and ``numpy.matrix`` are anybody's names
                origins.setdefault(name, (module, name))
        _tables[modules] = origins
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
    """Return the object that an origin stands for.

    Raises:
        KeyError: It is not there.
    """
    module, member = origin
    try:
        imported = importlib.import_module(module)
        for part in () if member else _PARTS.get(module, ()):
            importlib.import_module(f"{module}.{part}")
        return getattr(imported, member) if member else imported
    except Exception:  # whatever a module raises while it is imported
        raise KeyError(member or module) from None
