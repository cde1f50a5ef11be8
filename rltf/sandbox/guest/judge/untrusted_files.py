"""No file that the program wrote is run in a judge.

Files of the program arrive in the judge's folder, and test code reads them. To read is harmless
unless what is read is code: a module, or a pickle, which names functions to be called. So a judge
with a folder imports and compiles nothing from it, and unpickles only plain data. Test code that
needs more is judged in guarded mode (rltf/sandbox/judging/file_uses.py).
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any, NoReturn

_PLAIN = frozenset(
    f"{module}.{name}"
    for module, names in {
        "builtins": "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple",
        "collections": "Counter OrderedDict defaultdict deque",
        "copyreg": "_reconstructor",
        "datetime": "date datetime time timedelta timezone",
        "decimal": "Decimal",
        "fractions": "Fraction",
        "uuid": "UUID SafeUUID",
        "numpy": "dtype ndarray",
        "numpy.core.multiarray": "_reconstruct scalar",
        "numpy._core.multiarray": "_reconstruct scalar",
    }.items()
    for name in names.split()
)
"""What a pickle may name: types of plain data, and what rebuilds them."""
_OLD_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""Modules as old protocols name them."""
_COMPILED = (".pyc", ".so")


class _Nothing:
    """Finds no module in a folder."""

    def find_spec(self, name: str, target: Any = None) -> None:
        return None

    def invalidate_caches(self) -> None:
        pass


class _Guard:
    """Refuses to run what lies below a folder."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._below = path + os.sep

    def is_in_folder(self, path: Any) -> bool:
        """Return whether a path leads into the folder. A name in angle brackets is no path."""
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str) or path.startswith("<"):
            return False
        whole = os.path.realpath(path)
        return whole == self._path or whole.startswith(self._below)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Answer one of the interpreter's audit events."""
        if event == "pickle.find_class":
            module = _OLD_NAMES.get(arguments[0], arguments[0])
            if f"{module}.{arguments[1]}" not in _PLAIN:
                _refuse("unpickle {}.{}".format(*arguments))
        elif event == "compile":
            if self.is_in_folder(arguments[1]):
                _refuse("run a file of the folder")
        elif event == "marshal.load":
            _refuse("load marshalled data from a file")
        elif event == "open":
            is_code = str(arguments[0]).endswith(_COMPILED)
            if is_code and self.is_in_folder(arguments[0]):
                _refuse("load compiled code from the folder")

    def hook(self, entry: str) -> _Nothing:
        """Return a finder for an entry of ``sys.path`` below the folder."""
        if not self.is_in_folder(entry or os.curdir):
            raise ImportError("not in the folder")
        return _Nothing()


def _refuse(what: str) -> NoReturn:
    raise PermissionError(f"a judge does not {what}, which the program may have written")


def install(path: str) -> None:
    """Guard this process and its children."""
    guard = _Guard(path)
    sys.path_hooks.insert(0, guard.hook)
    sys.addaudithook(guard.audit)
