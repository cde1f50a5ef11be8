"""Stop strings: a completion ends where its text, not its ids, comes to one."""

from __future__ import annotations

from collections.abc import Sequence


class Stops:
    """Find, id by id, which of many rows have reached a stop string.

    Bytes are compared, so that a stop string may span several ids and nothing is decoded twice.
    """

    def __init__(self, token_table: Sequence[bytes], texts: Sequence[str], rows: int) -> None:
        self._table = token_table
        self._stops = [text.encode() for text in texts]
        self._reach = max(map(len, self._stops), default=1) - 1
        self._tails = [b""] * rows
        """The last bytes of each row: as many as the beginning of a stop may take."""

    def reached(self, rows: Sequence[int], ids: Sequence[int]) -> list[bool]:
        """Read the next id of each row, and return which rows have reached a stop string."""
        reached = []
        for row, i in zip(rows, ids, strict=True):
            text = self._tails[row] + self._table[i]
            reached.append(any(stop in text for stop in self._stops))
            self._tails[row] = text[max(0, len(text) - self._reach) :] if self._reach else b""
        return reached
