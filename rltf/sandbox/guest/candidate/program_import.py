"""Importing the program again, for tests that reload it or take it out of ``sys.modules``."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec

from ..shared.exceptions import FILENAME

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import types
    from typing import Any


class ProgramImporter:
    """Finds and loads the program's module, as if it were a file beside the test."""

    def __init__(self, name: str, code: types.CodeType) -> None:
        self._name = name
        self._code = code

    def install(self, module: types.ModuleType) -> None:
        """Let ``import`` find the program, whose first module this is."""
        module.__spec__ = self._spec()
        module.__loader__ = self  # type: ignore[assignment]
        sys.meta_path.append(self)

    def _spec(self) -> ModuleSpec:
        spec = ModuleSpec(self._name, self, origin=FILENAME)  # type: ignore[arg-type]
        spec.has_location = True
        return spec

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of the program's module."""
        return self._spec() if name == self._name else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to the import system."""

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the program's top level."""
        exec(self._code, vars(module))
