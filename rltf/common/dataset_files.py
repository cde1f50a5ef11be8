"""Files and folders that datasets were read from. Programs must not read them.

See ``rltf.sandbox.client.readable_paths``.
"""

from __future__ import annotations

import os

_noted: frozenset[str] = frozenset()


def note(path: str | os.PathLike[str]) -> None:
    """Remember a path, with symbolic links resolved. Zygotes hear of it before the next program."""
    global _noted
    try:
        real = os.path.realpath(os.path.expanduser(path))
    except ValueError:
        return  # a text that is no path
    if path and real not in _noted:
        _noted |= {real}


def noted() -> frozenset[str]:
    """Return all paths so far, absolute and without symbolic links."""
    return _noted
