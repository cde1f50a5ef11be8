"""The files and folders that data was read from, which programs may not read: see ``rltf.sandbox.readable_paths``."""

from __future__ import annotations

import os

_noted: frozenset[str] = frozenset()


def note(path: str | os.PathLike[str]) -> None:
    """Keeps a path, where it leads to, for good. Zygotes learn of it before the next program."""
    global _noted
    try:
        real = os.path.realpath(os.path.expanduser(path))
    except ValueError:
        return  # a text that is no path
    if path and real not in _noted:
        _noted |= {real}


def noted() -> frozenset[str]:
    """All paths so far, absolute and without symbolic links."""
    return _noted
