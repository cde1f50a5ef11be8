"""Stop strings: a completion ends where its text, not its ids, comes to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence


class Stops:
    """Find, id by id, which of many completions have reached a stop string.

    Bytes are compared, so that a stop string may span several ids and nothing is decoded twice.
    """

    def __init__(self, token_table: Sequence[bytes], texts: Sequence[str]) -> None:
        self._table = token_table
        self._stops = [text.encode() for text in texts]
        self._reach = max(map(len, self._stops), default=1) - 1
        self._tails: defaultdict[int, bytes] = defaultdict(bytes)
        """The last bytes of each completion: as many as the beginning of a stop may take."""

    def reached(self, completions: Sequence[int], ids: Sequence[int]) -> list[bool]:
        """Read the next id of each completion, and return which have reached a stop string."""
        reached = []
        for completion, i in zip(completions, ids, strict=True):
            text = self._tails[completion] + self._table[i]
            reached.append(any(stop in text for stop in self._stops))
            self._tails[completion] = (
                text[max(0, len(text) - self._reach) :] if self._reach else b""
            )
        return reached
