"""Stop strings: a completion ends where its text, not its ids, comes to one."""

from __future__ import annotations

from collections.abc import Sequence


class Stops:
    """Tells, id by id, which of many rows have come to a stop string.

    Looks at bytes, so that a stop may lie across several ids and nothing is decoded twice.
    """

    def __init__(self, token_table: Sequence[bytes], texts: Sequence[str], rows: int) -> None:
        self._table = token_table
        self._stops = [text.encode() for text in texts]
        self._reach = max(map(len, self._stops), default=1) - 1
        self._tails = [b""] * rows
        """The last bytes of each row: as many as the beginning of a stop may take."""

    def reached(self, rows: Sequence[int], ids: Sequence[int]) -> list[bool]:
        """Reads the next id of these rows; which of them are at a stop now."""
        found = []
        for row, i in zip(rows, ids, strict=True):
            text = self._tails[row] + self._table[i]
            found.append(any(stop in text for stop in self._stops))
            self._tails[row] = text[max(0, len(text) - self._reach) :] if self._reach else b""
        return found
