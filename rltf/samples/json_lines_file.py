"""A file of JSON objects, one a line, that grows and can be read meanwhile."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rltf.common.file_writes import Refuse, name_in_errors
from rltf.samples import row_file

_BLOCK = 1 << 16


class LineFile:
    """Append whole lines. A kill may leave a torn last one, which opening the file cuts off.

    Args:
        refuse: Makes the error for a line that is not a JSON object.
        file: The file, where it is open already: at its end and without a buffer.
    """

    def __init__(self, path: Path, refuse: Refuse, file: io.FileIO | None = None) -> None:
        self.path = path
        self._refuse = refuse
        self._file = file or path.open("a+b", buffering=0)
        if self._is_regular:
            _cut_torn_line(self._file.fileno())

    def append(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add a line for each object."""
        self.append_text("".join(f"{json.dumps(row)}\n" for row in rows))

    def append_text(self, lines: str) -> None:
        """Add lines that are JSON already. A kill may leave only the first bytes of them."""
        data = memoryview(lines.encode())
        with name_in_errors(self.path):
            while data:
                data = data[self._file.write(data) or 0 :]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the object of each whole line, also of lines that were added meanwhile."""
        for row in self._rows():
            if row.fault or not isinstance(row.value, dict):
                fault = row.fault or "not an object"
                raise self._refuse(f"{self.path}, {row.position}: {fault}")
            yield row.value

    def whole_lines(self) -> Iterator[dict[str, Any]]:
        """Yield the objects up to the first line that holds none, and cut the file there."""
        if not self._is_regular:
            return
        for row in self._rows():
            if row.fault or not isinstance(row.value, dict):
                self.cut(row.offset or 0)
                return
            yield row.value

    def line_count(self) -> int:
        """Return the number of whole lines in the file; 0 for what is not a regular file."""
        if not self._is_regular:
            return 0
        count = position = 0
        while block := os.pread(self._file.fileno(), _BLOCK, position):
            count += block.count(b"\n")
            position += len(block)
        return count

    def cut(self, length: int) -> None:
        """Drop everything behind the first ``length`` bytes."""
        if self._is_regular:
            self._file.truncate(length)

    def synced_length(self) -> int:
        """Return the length in bytes, once all of them are on the disk."""
        with name_in_errors(self.path):
            os.fsync(self._file.fileno())
        return os.fstat(self._file.fileno()).st_size

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def _is_regular(self) -> bool:
        return stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)

    def _rows(self) -> Iterator[row_file.Row]:
        with self.path.open("rb") as file:
            yield from row_file.json_lines(file)


def _cut_torn_line(file: int) -> None:
    """Cut off what stands behind the last line end."""
    size = end = os.fstat(file).st_size
    while end:
        start = max(0, end - _BLOCK)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        os.ftruncate(file, end)
