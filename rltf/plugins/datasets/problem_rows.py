"""Problems made of rows: a thin layer over ``rltf.samples.row_file``, which reads the files.

An error names the file and the place of the row that is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Any, TypeVar

from rltf.common import long_integers
from rltf.errors import DataError
from rltf.problem import Problem
from rltf.samples import row_file

T = TypeVar("T")

_SHOWN = 20
"""Places in a message."""


@dataclass(frozen=True)
class ProblemRow:
    """The row of a problem, and where it was read."""

    data: dict[str, Any]
    path: Path
    place: str
    """``line 3``"""
    offset: int | None = None
    """Byte at which a line of a plain file starts; ``None`` where it cannot be read again alone."""

    @property
    def where(self) -> str:
        """The file and place, for messages."""
        return f"{self.path}, {self.place}"

    def reader(self, *keys: str) -> Callable[[], dict[str, Any]]:
        """Return what reads these keys again: from the file, or from a copy where it cannot."""
        if self.offset is None:
            copy = {key: self.data.get(key) for key in keys}
            return lambda: copy
        path, offset = self.path, self.offset
        return lambda: _line_at(path, offset)


def read_problems(
    paths: Sequence[Path], make: Callable[[ProblemRow], Problem]
) -> tuple[Problem, ...]:
    """Return the problems of all rows; ``make`` raises ``ValueError`` for a row that is wrong.

    Raises :class:`DataError` that names the first fault, and the other faulty rows of its file.
    """
    problems: dict[str, tuple[Problem, ProblemRow]] = {}
    for path in paths:
        faults: list[tuple[str, str]] = []
        count = len(problems)
        for row in row_file.rows(path):
            place = row.position
            try:
                data = object_of(row.require_value())
                problem = make(ProblemRow(data, path, place, row.offset))
                if problem.task_id in problems:
                    first = problems[problem.task_id][1]
                    where = first.place if first.path == path else first.where
                    raise ValueError(f"task_id {problem.task_id!r} is already that of {where}")
                problems[problem.task_id] = problem, ProblemRow({}, path, place)
            except ValueError as error:
                faults.append((place, str(error)))
        if faults:
            raise DataError(_message(path, faults))
        if len(problems) == count:
            raise DataError(f"{path}: no problems in this file")
    return tuple(problem for problem, _ in problems.values())


def _message(path: Path, faults: Sequence[tuple[str, str]]) -> str:
    """The first fault in words, the others by their places."""
    (place, fault), *others = faults
    message = f"{path}, {place}: {fault}"
    if others:
        kind = place.split()[0]
        numbers = ", ".join(other.split()[1] for other, _ in others[:_SHOWN])
        wrong = f"{kind} is" if len(others) == 1 else f"{kind}s are"
        message += f"\n{len(others)} more {wrong} wrong: {numbers}"
        message += ", …" if len(others) > _SHOWN else ""
    return message


def _line_at(path: Path, offset: int) -> dict[str, Any]:
    value = row_file.row_at(path, offset)
    if not isinstance(value, dict):
        raise DataError(f"{path}: changed while it was in use")
    return value


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
        return json.loads(source, parse_int=long_integers.number)
    except RecursionError:
        raise ValueError("too deeply nested") from None


def _wrong(data: dict[str, Any], key: str, what: str) -> str:
    return (
        f"{key!r} must be {what}, not {data[key]!r:.60}" if key in data else f"{key!r} is missing"
    )
