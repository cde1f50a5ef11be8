"""What one side of a channel knows of the private folder, and what has changed in it.

A file has changed when its inode, size, mode or change time has. On kernels before Linux 6.13 the
change time moves in steps of the kernel's clock, so a file that changed just before a look is
compared by content at the next one, and so is every file once the process can map files.

A link of the program's arrives in the judge as a copy of the file that it leads to. A judge that
followed it could be led to a file that the test writes later.
"""

from __future__ import annotations

import posix  # test code and programs may replace what is in ``os``
import sys
from os import fsencode, stat_result
from stat import S_IFDIR, S_IFREG, S_IMODE, S_ISDIR, S_ISLNK, S_ISREG
from time import time_ns
from zlib import crc32

from . import folder_changes
from .folder_changes import PERMISSIONS
from .folder_files import PIECE, Files

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Change = tuple[Any, ...]

_STEP_NS = 20_000_000
"""More than two steps of the kernel's clock."""
_OWN = 0o700
_LOOKS = 20


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


class Mirror(Files):
    """The folder of this side, and how it was when both sides were alike."""

    def __init__(self, root: str, size: int, count: int, *, has_links: bool) -> None:
        super().__init__(root)
        self.size = size
        self.count = count
        self.has_links = has_links
        """Whether links of this side are sent as links, and those of the other side refused."""
        self._known: dict[bytes, _Known] = {}
        self._at = b""
        self._is_exact = _is_exact(self.root)
        self._closed: list[bytes] = []
        """Folders that cannot be looked into, so that nothing in them has changed."""

    # ------------------------------------------------------------------- what has changed here

    def settle(self) -> None:
        """Take the folder as it is as what both sides have."""
        self.keep_open()
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
            here = posix.getcwdb() + b"/"
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
                entries = self._entries(folder)
            except OSError:
                self._closed.append(folder + b"/" if folder else b"")
                continue
            with entries:
                for entry in entries:
                    name = fsencode(entry.name)
                    path = folder + b"/" + name if folder else name
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

    def _seen(self, path: bytes, status: stat_result) -> _Known | None:
        mode = S_IMODE(status.st_mode) & PERMISSIONS
        if S_ISDIR(status.st_mode):
            return _Known("folder", mode, False)
        if S_ISLNK(status.st_mode):
            target = posix.readlink(self._full(path))
            known = self._known.get(path)
            is_known = known is not None and (known.kind, known.detail) == ("link", target)
            if self.has_links or is_known:
                return _Known("link", target, False) if folder_changes.is_inner(target) else None
            status = self._status(self._leads_to(path))
        if not S_ISREG(status.st_mode):
            return None
        detail = (status.st_ino, status.st_size, status.st_ctime_ns, mode, status.st_mtime_ns)
        return _Known("file", detail, self._is_fresh(status))

    def _is_fresh(self, status: stat_result) -> bool:
        return not self._is_exact and time_ns() - status.st_ctime_ns < _STEP_NS

    def _change(self, path: bytes, now: _Known, known: _Known | None) -> Change | None:
        if now.kind != "file":
            self._known[path] = now
            if known is not None and known.detail == now.detail:
                return None
            return now.kind, path, now.detail
        if known is not None and known.detail == now.detail and not known.is_fresh and not _maps():
            return None
        if self._is_exact and not _maps():
            now.digest = -1  # not known, and not needed before the process can map files
            self._known[path] = now
            return "file", path, now.detail[3], now.detail[4], now.detail[1]
        try:
            for piece in self.content(path):
                now.digest = crc32(piece, now.digest)
            status = self._status(self._leads_to(path))
        except OSError:
            return None  # gone, or no descriptor is left: looked at again
        _, size, _, mode, mtime = now.detail
        is_same = known is not None and (now.digest, *now.detail[3:], size) == (
            *(known.digest, *known.detail[3:], known.detail[1]),
        )
        now.detail = (status.st_ino, size, status.st_ctime_ns, mode, mtime)  # to read may change it
        now.is_fresh = self._is_fresh(status)
        self._known[path] = now
        return None if is_same else ("file", path, mode, mtime, size)

    # ------------------------------------------------------------------ what the other side has

    def check(self, changes: Any) -> list[Change]:
        """Return the changes if this side can make them; raise ``Unusable`` otherwise."""
        if type(changes) is not list or len(changes) > 2 * self.count + 1:
            raise Unusable
        for change in changes:
            if not folder_changes.is_sound(change) or (self.has_links and change[0] == "link"):
                raise Unusable
        if sum(change[4] for change in changes if change[0] == "file") > self.size:
            raise Unusable
        return changes

    def apply(self, changes: list[Change], receive: Callable[[], bytes]) -> None:
        """Make the changes of the other side. ``receive`` returns the content of files in pieces.

        What cannot be made is left out, and raised as an ``OSError`` at the end.
        """
        failure: OSError | None = None
        modes: list[tuple[bytes, int]] = []
        for change in changes:
            try:
                if change[0] == "file":
                    self._write(change, receive)
                elif change[0] == "folder":
                    self._make_folder(change[1])
                    modes.append(change[1:])
                else:
                    self._make(*change)
            except OSError as error:
                failure = failure or error
        for path, mode in reversed(modes):
            posix.chmod(self._full(path), mode)
            self._known[path] = _Known("folder", mode, False)
        if failure is not None:
            raise failure

    def _make(self, kind: str, path: bytes, target: bytes = b"") -> None:
        self._enter(path + b"/" if kind == "at" else path)
        if kind == "at":
            posix.chdir(self._full(path))
            self._at = path
            return
        self._remove(path)
        if kind == "link":
            posix.symlink(target, self._full(path))
            self._known[path] = _Known("link", target, False)

    def _remove(self, path: bytes) -> None:
        kind = self._kind(path)
        if kind == S_IFDIR:
            posix.rmdir(self._full(path))
        elif kind:
            posix.unlink(self._full(path))
        self._known.pop(path, None)

    def _make_folder(self, path: bytes) -> None:
        self._enter(path)
        if self._kind(path) != S_IFDIR:
            self._remove(path)
            posix.mkdir(self._full(path), _OWN)
        else:
            posix.chmod(self._full(path), _OWN)

    def _write(self, change: Change, receive: Callable[[], bytes]) -> None:
        _, path, mode, mtime, size = change
        digest = left = 0
        fd = -1
        failure: OSError | None = None
        try:
            self._enter(path)
            if self._kind(path) not in (0, S_IFREG):
                self._remove(path)
            fd = self._open(path)
        except OSError as error:
            failure = error
        left = size
        while left:
            piece = receive()
            if not 0 < len(piece) <= min(left, PIECE):
                raise Unusable
            left -= len(piece)
            digest = crc32(piece, digest)
            try:
                while fd >= 0 and piece:
                    piece = piece[posix.write(fd, piece) :]
            except OSError as error:  # full
                failure = failure or error
                posix.close(fd)
                fd = -1
        if failure is not None:
            raise failure
        posix.utime(fd, ns=(mtime, mtime))
        posix.fchmod(fd, mode)
        status = posix.fstat(fd)
        posix.close(fd)
        detail = (status.st_ino, size, status.st_ctime_ns, mode, status.st_mtime_ns)
        self._known[path] = _Known("file", detail, not self._is_exact, digest)


def _maps() -> bool:
    """Return whether this process may have mapped a file, which is written without a trace."""
    return "mmap" in sys.modules


def _is_exact(folder: bytes) -> bool:
    """Return whether each change that follows a look has a change time of its own."""
    times = set()
    for _ in range(_LOOKS):
        posix.utime(folder)
        times.add(posix.stat(folder).st_ctime_ns)
    return len(times) == _LOOKS
