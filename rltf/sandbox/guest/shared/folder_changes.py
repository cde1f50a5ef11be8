"""Changes in a private folder, as judge and candidate tell them each other.

Judge and candidate have a folder each, and each message carries what its sender has changed since
the last one (folder_sync.py). A change is one of

    ("gone", path)    ("folder", path, mode)    ("link", path, target), of a judge alone
    ("file", path, mode, mtime_ns, size), with the content behind the list
    ("at", path), the last one: the working directory; empty for the folder itself
"""

from __future__ import annotations

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

PERMISSIONS = 0o777
_LONGEST_PATH = 4096


def is_inner(target: bytes) -> bool:
    """Return whether a link's target stays in the folder wherever the link lies."""
    return (
        0 < len(target) <= _LONGEST_PATH
        and not target.startswith(b"/")
        and (b".." not in target.split(b"/") and b"\0" not in target)
    )


def _is_path(path: Any) -> bool:
    if type(path) is not bytes or not 0 < len(path) <= _LONGEST_PATH or b"\0" in path:
        return False
    return not {b"", b".", b".."} & set(path.split(b"/"))


def _is_number(value: Any, below: int) -> bool:
    return type(value) is int and 0 <= value < below


def is_sound(change: Any) -> bool:
    """Return whether a change is one that our code makes, and stays in the folder."""
    match change:
        case ("gone", path):
            return _is_path(path)
        case ("at", path):
            return path == b"" or _is_path(path)
        case ("folder", path, mode):
            return _is_path(path) and _is_number(mode, PERMISSIONS + 1)
        case ("link", path, target):
            return _is_path(path) and type(target) is bytes and is_inner(target)
        case ("file", path, mode, mtime, size):
            is_sound = _is_number(mode, PERMISSIONS + 1) and _is_number(size, 1 << 50)
            return _is_path(path) and is_sound and type(mtime) is int and abs(mtime) < 1 << 62
    return False
