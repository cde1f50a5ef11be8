"""The files of a private folder, by paths relative to it, and never through a link."""

from __future__ import annotations

import posix  # test code and programs may replace what is in ``os``
from os import fsencode, stat_result
from stat import S_IFMT, S_IMODE, S_ISDIR, S_ISLNK

from . import folder_changes

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

PIECE = 1 << 20
"""Bytes of content that are read, sent or written at a time."""
_NO_LINKS = posix.O_NOFOLLOW | posix.O_CLOEXEC
_MOST_LINKS = 10


class Files:
    """The files of the folder that lies at ``root``."""

    def __init__(self, root: str) -> None:
        self.root = fsencode(root)
        self._fd = -1

    def keep_open(self) -> None:
        """Keep the folder open, so that a look into it asks no broker."""
        fd = posix.open(self.root, posix.O_RDONLY | posix.O_DIRECTORY | _NO_LINKS)
        self._fd = posix.dup2(fd, posix.sysconf("SC_OPEN_MAX") - 1, inheritable=False)
        posix.close(fd)

    def _full(self, path: bytes) -> bytes:
        return self.root + b"/" + path

    def _entries(self, folder: bytes) -> Any:
        """Return the iterator over a folder. The broker is not asked for the one at the top."""
        if not folder and self._fd >= 0:
            try:
                return posix.scandir(self._fd)
            except OSError:  # the program has closed it
                self._fd = -1
        return posix.scandir(self._full(folder) if folder else self.root)

    def _status(self, path: bytes) -> stat_result:
        return posix.stat(self._full(path), follow_symlinks=False)

    def _enter(self, path: bytes) -> None:
        """Refuse a path that leads through a link: only real folders of this side are entered."""
        parts = path.split(b"/")
        for depth in range(1, len(parts)):
            if not S_ISDIR(self._status(b"/".join(parts[:depth])).st_mode):
                raise NotADirectoryError

    def _leads_to(self, path: bytes) -> bytes:
        """Return the file of the folder that a path leads to; ``OSError`` if it leads elsewhere."""
        for _ in range(_MOST_LINKS):
            self._enter(path)
            if not S_ISLNK(self._status(path).st_mode):
                return path
            target = posix.readlink(self._full(path))
            if target.startswith(self.root + b"/"):
                path, target = b"", target[len(self.root) + 1 :]
            if not folder_changes.is_inner(target):
                break
            parts = path.split(b"/")[:-1] + target.split(b"/")
            path = b"/".join(part for part in parts if part not in (b"", b"."))
        raise FileNotFoundError

    def _kind(self, path: bytes) -> int:
        """Return the type of what a path names here; 0: nothing."""
        try:
            return S_IFMT(self._status(path).st_mode)
        except FileNotFoundError:
            return 0

    def _open(self, path: bytes) -> int:
        """Open a file to write it anew: the same inode, so that whoever has it open sees it."""
        full = self._full(path)
        flags = posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC | _NO_LINKS
        try:
            return posix.open(full, flags, 0o600)
        except PermissionError:
            posix.chmod(full, 0o600)
            return posix.open(full, flags, 0o600)

    def content(self, path: bytes) -> Iterator[bytes]:
        """Yield the content of a file in pieces."""
        full = self._full(self._leads_to(path))
        try:
            fd = posix.open(full, posix.O_RDONLY | _NO_LINKS)
        except PermissionError:
            mode = posix.stat(full, follow_symlinks=False).st_mode
            posix.chmod(full, 0o600)
            fd = posix.open(full, posix.O_RDONLY | _NO_LINKS)
            posix.chmod(full, S_IMODE(mode))
        try:
            while piece := posix.read(fd, PIECE):
                yield piece
        finally:
            posix.close(fd)
