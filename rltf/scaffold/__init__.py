"""Write a package with one plugin, its tests and its metadata, for ``rltf plugins new``."""

from __future__ import annotations

import importlib.util
import keyword
import re
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from string import Template

from rltf import manager
from rltf.common.file_writes import name_in_errors
from rltf.errors import PluginError

USES = {
    "reward": "rltf run --reward fine,$name --dry-run",
    "dataset": "rltf run --dataset $name --dry-run",
    "classifier": "rltf run --classifier $name --dry-run",
    "policy": "rltf run --policy $name --dry-run",
    "objective": "rltf run --objective $name --dry-run",
}
"""Kind of plugin to a command that uses such a plugin."""

_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9._-]*[A-Za-z0-9])?")


def write_package(name: str, kind: str, parent: Path) -> Path:
    """Write the folder ``parent/name`` and return its path.

    ``name`` is also the name of the distribution, the entry point and the plugin. Raises
    :class:`rltf.errors.PluginError` if it cannot be all of these, or exists already.
    """
    folder = parent / name
    module = _module(name)
    if folder.exists():
        raise PluginError(f"{folder} exists already: choose another name, or move it away")
    _check_is_free(name, kind, module)
    words = {"name": name, "module": module, "kind": kind}
    words["use"] = Template(USES[kind]).substitute(words)
    contents = {
        "pyproject.toml": _read("pyproject.toml"),
        "README.md": _read("README.md"),
        f"{module}.py": _read(f"{kind}.py"),
        f"tests/test_{module}.py": _read(f"test_{kind}.py"),
    }
    try:
        with name_in_errors(folder):
            (folder / "tests").mkdir(parents=True)
            for path, text in contents.items():
                (folder / path).write_text(Template(text).substitute(words), encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _read(name: str) -> str:
    return (files("rltf.scaffold") / "templates" / f"{name}.in").read_text(encoding="utf-8")


def _module(name: str) -> str:
    """Return the name of a distribution's module."""
    if not _NAME.fullmatch(name):
        raise PluginError(
            f"{name!r} cannot name a package: it must begin with a letter, end with a letter or a "
            "digit, and have only letters, digits and any of . _ - between"
        )
    module = re.sub(r"[-_.]+", "_", name).lower()
    if keyword.iskeyword(module):
        raise PluginError(f"{name!r} cannot name a package: {module} is a word of Python")
    return module


def _check_is_free(name: str, kind: str, module: str) -> None:
    for row in manager.registered():
        if (row.kind, row.name) == (kind, name):
            raise PluginError(f"there is a {kind} {name!r} already, of {row.plugin.distribution}")
    if module in sys.stdlib_module_names or importlib.util.find_spec(module) is not None:
        raise PluginError(f"there is a Python module {module!r} already: give another name")
