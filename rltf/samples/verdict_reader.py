"""Files of verdicts, as ``rltf score`` and ``rltf bench`` write them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rltf.errors import DataError
from rltf.samples.row_file import Row, rows
from rltf.samples.verdict_line import VerdictLine, from_dict


def read_verdicts(path: Path) -> Iterator[tuple[Row, VerdictLine]]:
    """Yield each row of a file with its verdict.

    Raises :class:`rltf.dataset.DataError` that names the first row that holds none.
    """
    for row in rows(path):
        try:
            yield row, from_dict(row.require_value())
        except ValueError as error:
            raise DataError(f"{path}, {row.position}: {error}") from None


def holds_verdicts(path: Path) -> bool:
    """Return whether a file holds verdicts without programs, as ``rltf score`` writes them."""
    first = next(rows(path), None) if path.is_file() else None
    keys = first.value if first is not None and isinstance(first.value, dict) else {}
    return "judging" in keys and not {"solution", "program"} & keys.keys()
