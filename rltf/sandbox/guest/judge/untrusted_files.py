"""No file that the program wrote is run in a judge.

Files of the program arrive in the judge's folder, and test code reads them. To read is harmless
unless what is read is code. So a judge with a folder imports nothing from it. What any judge makes
of text and pickles, in files or not, is in text_as_code.py. Test code that needs more is judged in
guarded mode (rltf/sandbox/judging/file_uses.py).
"""

from __future__ import annotations

import os
import sys

from . import text_as_code

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

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
        if event == "compile":
            if self.is_in_folder(arguments[1]):
                text_as_code.refuse("runs a file of its folder")
        elif event == "open":
            is_code = str(arguments[0]).endswith(_COMPILED)
            if is_code and self.is_in_folder(arguments[0]):
                text_as_code.refuse("loads compiled code from its folder")

    def hook(self, entry: str) -> _Nothing:
        """Return a finder for an entry of ``sys.path`` below the folder."""
        if not self.is_in_folder(entry or os.curdir):
            raise ImportError("not in the folder")
        return _Nothing()


def install(path: str) -> None:
    """Guard this process and its children."""
    guard = _Guard(path)
    sys.path_hooks.insert(0, guard.hook)
    sys.addaudithook(guard.audit)
