"""Read a file of JSON lines that another process writes, from where the last reading ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MARK = 256
"""Bytes before the end of the last reading that tell whether the file is still the same."""


class LineTail:
    """The lines of a file. A torn last line is read once it is whole.

    A run that continues cuts its files to their length at the checkpoint: then :attr:`restarts`
    grows, and reading begins anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.restarts = 0
        self.faults = 0
        """Whole lines that hold no JSON object."""
        self._offset = 0
        self._mark = b""

    def restart_if_cut(self) -> bool:
        """Begin anew if the file is no longer what was read; return whether."""
        if not self._offset or self._is_same():
            return False
        self.restarts += 1
        self._offset, self._mark, self.faults = 0, b"", 0
        return True

    def new(self) -> Iterator[dict[str, Any]]:
        """Yield the object of each line that was added; none where there is no file."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                self._mark = (self._mark + line)[-_MARK:]
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    value = None
                if isinstance(value, dict):
                    yield value
                elif line.strip():
                    self.faults += 1

    def _is_same(self) -> bool:
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset - len(self._mark))
                return file.read(len(self._mark)) == self._mark
        except FileNotFoundError:
            return False
