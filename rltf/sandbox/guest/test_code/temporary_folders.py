"""The fixtures of pytest that give a test a temporary folder, where the test has one for files."""

from __future__ import annotations

import os
import re

from ..shared import folder

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

_LONGEST_NAME = 30


class Factory:
    """The fixture ``tmp_path_factory``."""

    def getbasetemp(self) -> Path:
        """Return the folder that holds all temporary folders."""
        from pathlib import Path

        base = Path(folder.path, "pytest-of-user", "pytest-0")
        base.mkdir(parents=True, exist_ok=True)
        return base

    def mktemp(self, basename: str, numbered: bool = True) -> Path:
        """Make a folder; with ``numbered``, its name ends with the next number."""
        base = self.getbasetemp()
        if os.path.basename(os.path.normpath(basename)) != basename:
            raise ValueError(f"{basename} is not a normalized and relative path")
        if not numbered:
            path = base / basename
        else:
            taken = [name.removeprefix(basename) for name in os.listdir(base)]
            numbers = [int(end) for end in taken if end.isdecimal()]
            path = base / f"{basename}{max(numbers, default=-1) + 1}"
        path.mkdir(mode=0o700)
        return path


class LegacyFactory(Factory):
    """The fixture ``tmpdir_factory``."""

    def mktemp(self, basename: str, numbered: bool = True) -> Any:
        return _legacy(super().mktemp(basename, numbered))

    def getbasetemp(self) -> Any:
        return super().getbasetemp()


def _legacy(path: Path) -> Any:
    from _pytest.compat import legacy_path

    return legacy_path(path)


def _tmp_path(test: str) -> Path:
    return Factory().mktemp(re.sub(r"[\W]", "_", test)[:_LONGEST_NAME])


OFFERED: dict[str, Callable[[str], Any]] = {
    "tmp_path": _tmp_path,
    "tmpdir": lambda test: _legacy(_tmp_path(test)),
    "tmp_path_factory": lambda test: Factory(),
    "tmpdir_factory": lambda test: LegacyFactory(),
}
"""What each fixture gives a test function of that name."""


def maker(name: str, function: Any) -> Callable[[], Any]:
    """Return what makes a fixture for a test function."""
    return lambda: OFFERED[name](getattr(function, "__name__", "test"))
