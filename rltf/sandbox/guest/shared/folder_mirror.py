"""What one side of a channel knows of the private folder, and what has changed in it.

A file has changed when its inode, size, mode or change time has. The change time moves in steps of
the kernel's clock, so a file that changed just before a look is compared by content at the next
one, and so is every file once the process can map files.

A link of the program's arrives in the judge as a copy of the file that it leads to. A judge that
followed it could be led to a file that the test writes later.
"""

from __future__ import annotations

import os
import stat
import sys
import zlib
from time import time_ns

from . import folder_changes
from .folder_changes import PERMISSIONS

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Change = tuple[Any, ...]

PIECE = 1 << 20
"""Bytes of content that are read, sent or written at a time."""
_STEP_NS = 20_000_000
"""More than two steps of the kernel's clock."""
_OWN = 0o700
_NO_LINKS = os.O_NOFOLLOW | os.O_CLOEXEC
_MAPPED_EARLY = "mmap" in sys.modules


class Unusable(Exception):
    """A change that the other side's code never makes."""


class _Known:
    """A file, folder or link that both sides have."""

    __slots__ = ("detail", "digest", "is_fresh", "kind")

    def __init__(self, kind: str, detail: Any, is_fresh: bool, digest: int = 0) -> None:
        self.kind = kind
        self.detail = detail
        """Of a file: what moves when it changes. Of a folder: its mode. Of a link: its target."""
        self.is_fresh = is_fresh
        """Whether it may have changed since without a trace."""
        self.digest = digest


class Mirror:
    """The folder of this side, and how it was when both sides were alike."""

    def __init__(self, root: str, size: int, count: int, *, has_links: bool) -> None:
        self.root = os.fsencode(root)
        self.size = size
        self.count = count
        self.has_links = has_links
        """Whether links of this side are sent as links, and those of the other side refused."""
        self._known: dict[bytes, _Known] = {}
        self._at = b""
        self._closed: list[bytes] = []
        """Folders that cannot be looked into, so that nothing in them has changed."""

    def _full(self, path: bytes) -> bytes:
        return self.root + b"/" + path

    # ------------------------------------------------------------------- what has changed here

    def settle(self) -> None:
        """Take the folder as it is as what both sides have."""
        for _ in self.changes():
            pass

    def changes(self) -> list[Change]:
        """Return what has changed since both sides were alike, and take it as known."""
        found = self._look()
        gone = [path for path in self._known if path not in found and not self._is_closed(path)]
        changes: list[Change] = []
        for path, now in found.items():
            known = self._known.get(path)
            if known is not None and known.kind != now.kind:
                gone.append(path)
                known = None
            if change := self._change(path, now, known):
                changes.append(change)
        for path in gone:
            if path not in found:
                del self._known[path]
        return [("gone", path) for path in sorted(gone, reverse=True)] + changes + self._moved()

    def _moved(self) -> list[Change]:
        """Return where this process is now, if it has moved within the folder."""
        try:
            here = os.getcwdb() + b"/"
        except OSError:  # it has been removed
            return []
        at = here[len(self.root) + 1 : -1]
        if at == self._at or not here.startswith(self.root + b"/"):
            return []
        self._at = at
        return [("at", at)]

    def _look(self) -> dict[bytes, _Known]:
        """Return what is in the folder, folders before what they hold."""
        found: dict[bytes, _Known] = {}
        self._closed = []
        waiting = [b""]
        while waiting:
            folder = waiting.pop()
            try:
                entries = os.scandir(self._full(folder) if folder else self.root)
            except OSError:
                self._closed.append(folder + b"/")
                continue
            with entries:
                for entry in entries:
                    path = folder + b"/" + entry.name if folder else entry.name
                    try:
                        seen = self._seen(path, entry.stat(follow_symlinks=False))
                    except OSError:
                        continue  # another thread of the program has removed it
                    if seen is not None:
                        found[path] = seen
                    if seen is not None and seen.kind == "folder":
                        waiting.append(path)
        return found

    def _is_closed(self, path: bytes) -> bool:
        return any(path.startswith(folder) for folder in self._closed)

    def _seen(self, path: bytes, status: os.stat_result) -> _Known | None:
        mode = stat.S_IMODE(status.st_mode) & PERMISSIONS
        if stat.S_ISDIR(status.st_mode):
            return _Known("folder", mode, False)
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(self._full(path))
            known = self._known.get(path)
            is_known = known is not None and (known.kind, known.detail) == ("link", target)
            if self.has_links or is_known:
                return _Known("link", target, False) if folder_changes.is_inner(target) else None
            status = os.stat(self._leads_to(path), follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            return None
        detail = (status.st_ino, status.st_size, status.st_ctime_ns, mode, status.st_mtime_ns)
        return _Known("file", detail, _is_fresh(status))

    def _leads_to(self, path: bytes) -> bytes:
        """Return the file of the folder that a path leads to; ``OSError`` if it leads elsewhere."""
        full = os.path.realpath(self._full(path))
        if not full.startswith(self.root + b"/"):
            raise FileNotFoundError
        return full

    def _change(self, path: bytes, now: _Known, known: _Known | None) -> Change | None:
        if now.kind != "file":
            self._known[path] = now
            if known is not None and known.detail == now.detail:
                return None
            return now.kind, path, now.detail
        if known is not None and known.detail == now.detail and not known.is_fresh and not _maps():
            return None
        try:
            for piece in self.content(path):
                now.digest = zlib.crc32(piece, now.digest)
            status = os.stat(self._leads_to(path), follow_symlinks=False)
        except OSError:
            return None  # gone, or no descriptor is left: looked at again
        _, size, _, mode, mtime = now.detail
        is_same = known is not None and (now.digest, *now.detail[3:], size) == (
            *(known.digest, *known.detail[3:], known.detail[1]),
        )
        now.detail = (status.st_ino, size, status.st_ctime_ns, mode, mtime)  # to read may change it
        now.is_fresh = _is_fresh(status)
        self._known[path] = now
        return None if is_same else ("file", path, mode, mtime, size)

    def content(self, path: bytes) -> Iterator[bytes]:
        """Yield the content of a file in pieces."""
        full = self._leads_to(path)
        try:
            fd = os.open(full, os.O_RDONLY | _NO_LINKS)
        except PermissionError:
            mode = os.stat(full, follow_symlinks=False).st_mode
            os.chmod(full, 0o600)
            fd = os.open(full, os.O_RDONLY | _NO_LINKS)
            os.chmod(full, stat.S_IMODE(mode))
        try:
            while piece := os.read(fd, PIECE):
                yield piece
        finally:
            os.close(fd)

    # ------------------------------------------------------------------ what the other side has

    def check(self, changes: Any) -> list[Change]:
        """Return the changes if this side can make them; raise ``Unusable`` otherwise."""
        if type(changes) is not list or len(changes) > 2 * self.count:
            raise Unusable
        for change in changes:
            if not folder_changes.is_sound(change) or (self.has_links and change[0] == "link"):
                raise Unusable
        if sum(change[4] for change in changes if change[0] == "file") > self.size:
            raise Unusable
        return changes

    def apply(self, changes: list[Change], receive: Callable[[], bytes]) -> None:
        """Make the changes of the other side. ``receive`` returns the content of files in pieces."""
        modes: list[tuple[bytes, int]] = []
        for change in changes:
            path = change[1]
            if change[0] == "file":
                self._write(change, receive)
                continue
            if change[0] == "at":
                self._enter(path + b"/")
                os.chdir(self._full(path))
                self._at = path
                continue
            self._enter(path)
            if change[0] == "gone":
                self._remove(path)
            elif change[0] == "link":
                self._remove(path)
                os.symlink(change[2], self._full(path))
                self._known[path] = _Known("link", change[2], False)
            else:
                self._make_folder(path)
                modes.append((path, change[2]))
        for path, mode in reversed(modes):
            os.chmod(self._full(path), mode)
            self._known[path] = _Known("folder", mode, False)

    def _enter(self, path: bytes) -> None:
        """Refuse a path that leads through a link: only real folders of this side are entered."""
        parts = path.split(b"/")
        for depth in range(1, len(parts)):
            status = os.stat(self._full(b"/".join(parts[:depth])), follow_symlinks=False)
            if not stat.S_ISDIR(status.st_mode):
                raise Unusable

    def _kind(self, path: bytes) -> int:
        """Return the type of what a path names here; 0: nothing."""
        try:
            return stat.S_IFMT(os.stat(self._full(path), follow_symlinks=False).st_mode)
        except FileNotFoundError:
            return 0

    def _remove(self, path: bytes) -> None:
        kind = self._kind(path)
        if kind == stat.S_IFDIR:
            os.rmdir(self._full(path))
        elif kind:
            os.unlink(self._full(path))
        self._known.pop(path, None)

    def _make_folder(self, path: bytes) -> None:
        if self._kind(path) != stat.S_IFDIR:
            self._remove(path)
            os.mkdir(self._full(path), _OWN)
        else:
            os.chmod(self._full(path), _OWN)

    def _write(self, change: Change, receive: Callable[[], bytes]) -> None:
        _, path, mode, mtime, size = change
        digest = left = 0
        fd = -1
        failure: OSError | Unusable | None = None
        try:
            self._enter(path)
            fd = self._open(path)
        except (OSError, Unusable) as error:
            failure = error
        left = size
        while left:
            piece = receive()
            if not 0 < len(piece) <= min(left, PIECE):
                raise Unusable
            left -= len(piece)
            digest = zlib.crc32(piece, digest)
            try:
                while fd >= 0 and piece:
                    piece = piece[os.write(fd, piece) :]
            except OSError as error:  # full
                failure = failure or error
                os.close(fd)
                fd = -1
        if failure is not None:
            raise failure
        os.utime(fd, ns=(mtime, mtime))
        os.fchmod(fd, mode)
        status = os.fstat(fd)
        os.close(fd)
        detail = (status.st_ino, size, status.st_ctime_ns, mode, status.st_mtime_ns)
        self._known[path] = _Known("file", detail, True, digest)

    def _open(self, path: bytes) -> int:
        """Open a file to write it anew: the same inode, so that whoever has it open sees it."""
        full = self._full(path)
        if self._kind(path) not in (0, stat.S_IFREG):
            self._remove(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINKS
        try:
            return os.open(full, flags, 0o600)
        except PermissionError:
            os.chmod(full, 0o600)
            return os.open(full, flags, 0o600)


def _maps() -> bool:
    """Return whether this process may have mapped a file, which is written without a trace."""
    return _MAPPED_EARLY or "mmap" in sys.modules


def _is_fresh(status: os.stat_result) -> bool:
    return time_ns() - status.st_ctime_ns < _STEP_NS
