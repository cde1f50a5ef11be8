"""What a pickle may name in a judge: types of plain data, and what rebuilds them."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_PLAIN = frozenset(
    f"{module}.{name}"
    for module, names in {
        "builtins": "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple",
        "collections": "Counter OrderedDict defaultdict deque",
        "copyreg": "_reconstructor",
        "datetime": "date datetime time timedelta timezone",
        "decimal": "Decimal",
        "fractions": "Fraction",
        "numpy": "dtype ndarray",
        "numpy.core.multiarray": "_reconstruct scalar",
        "numpy._core.multiarray": "_reconstruct scalar",
        "pathlib": "PosixPath PurePosixPath PureWindowsPath",
        "solution": "unpickled",
        "uuid": "UUID SafeUUID",
    }.items()
    for name in names.split()
)
_OLD_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""Modules as old protocols name them."""
_MADE_LATE = ("__annotations__", "__weakref__")
_NAMES = ("__bases__", "__module__", "__name__", "__qualname__")


class Classes:
    """The things that pickles have named in one test, as they were before."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[Any, dict[str, Any]]] = {}

    def takes(self, module: str, name: str) -> bool:
        """Return whether a pickle may name this. Note how it is."""
        full = f"{_OLD_NAMES.get(module, module)}.{name}"
        if full not in _PLAIN:
            return False
        if full not in self._before:
            __import__(full.rpartition(".")[0])
            thing = getattr(sys.modules[full.rpartition(".")[0]], name)
            self._before[full] = thing, _state(thing)
        return True

    def have_changed(self) -> bool:
        """Return whether anything that a pickle has named is not as it was."""
        for thing, before in self._before.values():
            now = _state(thing)
            if now.keys() != before.keys() or any(now[key] is not before[key] for key in now):
                return True
        return False


def _state(thing: Any) -> dict[str, Any]:
    state = dict(getattr(thing, "__dict__", {}).items())
    for key in _MADE_LATE:
        state.pop(key, None)
    if isinstance(thing, type):
        state |= {f"type.{key}": getattr(thing, key) for key in _NAMES}
    return state
