"""Rows of data files, and the problems made of them.

A file is JSON lines, a JSON list of objects, either of them gzipped, or parquet; which one is read
from the file itself. A row that is wrong is named by its file and place.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Any, TypeVar

from rltf import digits, jsonline
from rltf.dataset import DataError
from rltf.problem import Problem

T = TypeVar("T")

_SHOWN = 20
"""Places in a message."""
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"


@dataclass(frozen=True)
class Row:
    """One row, and where it came from."""

    data: dict[str, Any]
    path: Path
    place: str
    """``line 3``"""
    offset: int | None = None
    """Byte at which a line of a plain file starts; ``None`` where it cannot be read again alone."""

    @property
    def where(self) -> str:
        """File and place, as messages have it."""
        return f"{self.path}, {self.place}"

    def reader(self, *keys: str) -> Callable[[], dict[str, Any]]:
        """What reads these keys again, from the file where it can; nothing else is kept."""
        if self.offset is None:
            kept = {key: self.data.get(key) for key in keys}
            return lambda: kept
        path, offset = self.path, self.offset
        return lambda: _line_at(path, offset)


def read_problems(paths: Sequence[Path], make: Callable[[Row], Problem]) -> tuple[Problem, ...]:
    """The problems of all rows; ``make`` raises ``ValueError`` for a row that is wrong.

    Raises :class:`DataError` that names the first fault, and the other faulty rows of its file.
    """
    found: dict[str, tuple[Problem, Row]] = {}
    for path in paths:
        faults: list[tuple[str, str]] = []
        count = len(found)
        for place, row in _rows(path):
            try:
                if isinstance(row, ValueError):
                    raise row
                problem = make(row)
                if problem.task_id in found:
                    first = found[problem.task_id][1]
                    where = first.place if first.path == path else first.where
                    raise ValueError(f"task_id {problem.task_id!r} is already that of {where}")
                found[problem.task_id] = problem, Row({}, path, place)
            except ValueError as error:
                faults.append((place, str(error)))
        if faults:
            raise DataError(_message(path, faults))
        if len(found) == count:
            raise DataError(f"{path}: no problems in this file")
    return tuple(problem for problem, _ in found.values())


def _message(path: Path, faults: Sequence[tuple[str, str]]) -> str:
    """The first fault in words, the others by their places."""
    (place, fault), *others = faults
    message = f"{path}, {place}: {fault}"
    if others:
        kind = place.split()[0]
        numbers = ", ".join(other.split()[1] for other, _ in others[:_SHOWN])
        message += f"\n{len(others)} more {kind}s are wrong: {numbers}"
        message += ", …" if len(others) > _SHOWN else ""
    return message


def _rows(path: Path) -> Iterator[tuple[str, Row | ValueError]]:
    """Place and row, or what is wrong with it."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start == _PARQUET:
            yield from _parquet_rows(path)
            return
        is_plain = not start.startswith(_GZIP)
        with path.open("rb") if is_plain else gzip.open(path) as file:
            first = file.read(1)
            while first.isspace():
                first = file.read(1)
            file.seek(0)
            if first == b"[":
                yield from _listed_rows(path, file.read())
            else:
                yield from _line_rows(path, file, is_plain)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip data ({error})") from None
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None


def _line_rows(
    path: Path, lines: Iterable[bytes], is_plain: bool
) -> Iterator[tuple[str, Row | ValueError]]:
    offset = 0
    for number, line in enumerate(lines, 1):
        place = f"line {number}"
        if line.strip():
            try:
                data = object_of(jsonline.parse(line))
                yield place, Row(data, path, place, offset if is_plain else None)
            except ValueError as error:
                yield place, error
        offset += len(line)


def _listed_rows(path: Path, data: bytes) -> Iterator[tuple[str, Row | ValueError]]:
    try:
        rows = jsonline.parse(data)
    except ValueError as error:
        if b"\n" in data.strip():
            raise DataError(f"{path}: {error}") from None
        rows = []
        yield "line 1", error
    for number, row in enumerate(rows, 1):
        place = f"item {number}"
        try:
            yield place, Row(object_of(row), path, place)
        except ValueError as error:
            yield place, error


def _parquet_rows(path: Path) -> Iterator[tuple[str, Row]]:
    from datasets import load_dataset

    try:
        rows = load_dataset("parquet", data_files=str(path), split="train", streaming=True)
        for number, row in enumerate(rows, 1):
            place = f"row {number}"
            yield place, Row(row, path, place)
    except Exception as error:  # whatever a damaged file makes pyarrow raise
        reason = str(error).strip().split("\n")[0]
        raise DataError(f"{path}: cannot read parquet ({type(error).__name__}: {reason})") from None


def _line_at(path: Path, offset: int) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return object_of(jsonline.parse(file.readline()))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: changed while it was in use ({error})") from None


# ---------------------------------------------------------------------- values of a row


def object_of(value: Any) -> dict[str, Any]:
    """The value as an object; ``ValueError`` for anything else."""
    if not isinstance(value, dict):
        raise ValueError(f"must be an object, not {value!r:.60}")
    return value


def text(data: dict[str, Any], key: str, default: str | None = None) -> str:
    """A text; one that is missing or null is ``default``, and an error where there is none."""
    value = data.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise ValueError(_wrong(data, key, "text"))
    return value


def items(
    data: dict[str, Any],
    key: str,
    read: Callable[[Any], T],
    default: tuple[T, ...] | None = None,
) -> tuple[T, ...]:
    """A list, each item read by ``read``; one that is missing or null is ``default``."""
    values = data.get(key)
    if values is None and default is not None:
        return default
    if not isinstance(values, list):
        raise ValueError(_wrong(data, key, "a list"))
    found: list[T] = []
    for number, value in enumerate(values, 1):
        try:
            found.append(read(value))
        except ValueError as error:
            raise ValueError(f"{key!r}, number {number}: {error}") from None
    return tuple(found)


def entry_point(data: dict[str, Any]) -> str | None:
    """The function or method under ``entry_point``; ``ValueError`` where it is no such name."""
    name = text(data, "entry_point", "")
    parts = name.replace("().", ".").split(".")
    if name and not all(part.isidentifier() and not iskeyword(part) for part in parts):
        raise ValueError(
            f"'entry_point' must be a name like f, Solution.f or Solution().f, not {name!r:.60}"
        )
    return name or None


def program(value: object) -> str:
    """Code as text; ``ValueError`` for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"a program must be text, not {value!r:.60}")
    return value


def json_value(source: str) -> Any:
    """The value of JSON text with integers of any length; ``ValueError`` where it is not JSON."""
    try:
        return json.loads(source, parse_int=digits.number)
    except RecursionError:
        raise ValueError("too deeply nested") from None


def _wrong(data: dict[str, Any], key: str, what: str) -> str:
    return (
        f"{key!r} must be {what}, not {data[key]!r:.60}" if key in data else f"{key!r} is missing"
    )
