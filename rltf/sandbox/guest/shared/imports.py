"""What programs find when they import: no rltf, and a standard library that writes no files.

A few modules of the standard library write a file or run a program where the caller only wants a
lock, some memory or a name. Neither works in the sandbox, so these parts are replaced when their
module is imported.
"""

from __future__ import annotations

import os
import sys

from .semaphores import SemLock

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from typing import Any


temporary_folder = "/tmp"
"""What ``tempfile`` names. Files can be made there only where a test has a folder."""


class Hook:
    """The first import hook of ``sys.meta_path``."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name.partition(".")[0] == "rltf":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        replace = _REPLACED.get(name)
        if replace is None:
            return None
        for finder in sys.meta_path:
            spec = None if finder is Hook else finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Loader(spec.loader, replace)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """Loads a module with its own loader, then replaces parts of it."""

    def __init__(self, loader: Any, replace: Callable[[Any], None]) -> None:
        self._loader = loader
        self._replace = replace

    def create_module(self, spec: ModuleSpec) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._replace(module)


def _semaphores(module: Any) -> None:
    """``_multiprocessing``: a named semaphore is a file in /dev/shm."""
    module.SemLock = SemLock


def _arenas(module: Any) -> None:
    """``multiprocessing.heap``: memory to share with other processes is a mapped file."""
    import mmap

    class Arena(module.Arena):  # type: ignore[misc]
        def __init__(self, size: int, fd: int = -1) -> None:
            self.size = size
            self.fd = fd
            self.buffer = mmap.mmap(fd, size)

    Arena.__module__, Arena.__qualname__ = module.__name__, "Arena"
    module.Arena = Arena


def _libraries(module: Any) -> None:
    """``ctypes.util``: a library is found by running ldconfig, or a compiler."""
    if not hasattr(module, "_findSoname_ldconfig"):
        return
    import re

    def find(name: str) -> str | None:
        try:
            with open("/etc/ld.so.cache", "rb") as file:
                cached = file.read()  # the paths of all libraries
        except OSError:
            return None
        called = re.escape(os.fsencode(name))
        match = re.search(rb"/(lib%b\.so\.\d[^/\0]*)\0" % called, cached)
        match = match or re.search(rb"/(lib%b\.[^/\0\s]+)\0" % called, cached)
        return match and os.fsdecode(match[1])

    module._findSoname_ldconfig = find
    module._findLib_gcc = module._findLib_ld = lambda name: None


def _temporary(module: Any) -> None:
    """``tempfile``: it writes a file to find a folder, and many callers want only the name."""
    module.tempdir = temporary_folder


_REPLACED = {
    "_multiprocessing": _semaphores,
    "multiprocessing.heap": _arenas,
    "ctypes.util": _libraries,
    "tempfile": _temporary,
}
