"""The files of judge and candidate, kept alike over their channel.

In split mode the private folder of a test exists twice. Whoever sends a message first sends what it
has changed in its folder since the last message, and whoever receives one first makes the same
changes. Only one of both acts at a time, so that each finds the folder as the other left it.

A judge takes what a candidate sends for hostile: it makes only sound changes, within the limits of
its own folder, and through no link.
"""

from __future__ import annotations

from . import channel, folder, values
from .folder_files import PIECE
from .folder_mirror import Mirror, Unusable

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable

    from .folder_mirror import Change


class _Synced:
    """A channel that carries the changes of a folder as well."""

    def __init__(self, mirror: Mirror, is_judge: bool) -> None:
        self.mirror = mirror
        self._is_judge = is_judge
        self._send: Callable[[bytes], None] = channel.send
        self._receive: Callable[[], bytes] = channel.receive

    def send(self, data: bytes) -> None:
        """Send the changes of this side, then a message."""
        changes = self.mirror.changes()
        self._send(values.encode(changes) if changes else b"")
        for change in changes:
            if change[0] == "file":
                self._send_content(change)
        self._send(data)

    def _send_content(self, change: Change) -> None:
        """Send exactly as many bytes as announced, whatever threads of the program do meanwhile."""
        left: int = change[4]
        try:
            for piece in self.mirror.content(change[1]):
                if left:
                    self._send(piece[:left])
                left -= len(piece[:left])
        except OSError:
            pass
        while left:
            self._send(bytes(min(left, PIECE)))
            left -= min(left, PIECE)

    def receive(self) -> bytes:
        """Make the changes of the other side, and return its message."""
        listed = self._receive()
        if listed:
            folder.has_heard = True
            try:
                changes = self.mirror.check(values.decode(listed))
                self.mirror.apply(changes, self._receive)
            except (Unusable, OSError, values.BadValue, ValueError, RecursionError):
                if self._is_judge:
                    raise channel.Misuse from None
        return self._receive()


def install(role: str, path: str, size: int, count: int) -> None:
    """Have the channel of this zygote's children carry the changes of their folder."""
    folder.use(path, role)
    is_judge = role == "judge"
    synced = _Synced(Mirror(path, size, count, has_links=is_judge), is_judge)
    folder.filled.append(synced.mirror.settle)
    channel.send, channel.receive = synced.send, synced.receive
