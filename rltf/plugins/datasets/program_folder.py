"""Programs of several files: joined into one, whose modules are imported from its own text."""

from __future__ import annotations

from collections.abc import Mapping

_JOINED = '''\
import importlib.abc
import importlib.util
import sys

_SOURCES = {sources!r}


class _Modules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the other files of this program."""

    def find_spec(self, name, path=None, target=None):
        place = name.replace(".", "/")
        for file, is_package in ((place + "/__init__.py", True), (place + ".py", False)):
            if file in _SOURCES:
                return importlib.util.spec_from_loader(
                    name, self, origin=file, is_package=is_package
                )
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        file = module.__spec__.origin
        exec(compile(_SOURCES[file], file, "exec", dont_inherit=True), module.__dict__)


sys.meta_path.insert(0, _Modules())
exec(compile(_SOURCES[{main!r}], {main!r}, "exec", dont_inherit=True), globals())
'''
_MAIN_NAMES = ("__main__.py", "main.py", "solution.py")


def joined(files: Mapping[str, str]) -> str:
    """Return one program with the code of several files, which can import each other.

    Args:
        files: Paths, relative to the folder of the program, to their code.

    Raises ``ValueError`` if no file can be told to be the main one.
    """
    main = _main(files)
    return files[main] if len(files) == 1 else _JOINED.format(sources=dict(files), main=main)


def _main(files: Mapping[str, str]) -> str:
    if len(files) == 1:
        return next(iter(files))
    named = [name for name in _MAIN_NAMES if name in files]
    if named:
        return named[0]
    guarded = [name for name, code in files.items() if "__main__" in code]
    if len(guarded) != 1:
        raise ValueError(f"none of {', '.join(sorted(files))} can be told to be the main file")
    return guarded[0]
