"""Read problems from the rows of files, which ``rltf.samples.row_file`` reads.

An error names the file and the place of the invalid row.
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
"""Maximum number of places in a message."""
_OTHER_FORM = (
    "nothing in this file has the form of this dataset. For problems of your own, use the dataset "
    "file: --dataset file, or rltf bench file"
)


@dataclass(frozen=True)
class ProblemRow:
    """The row of a problem, with its location."""

    data: dict[str, Any]
    path: Path
    place: str
    """Location in the file, such as ``line 3``."""
    offset: int | None = None
    """Byte offset of the line in a plain file; ``None`` if the row cannot be read again alone."""

    @property
    def where(self) -> str:
        """The file and place, for messages."""
        return f"{self.path}, {self.place}"

    def reader(self, *keys: str) -> Callable[[], dict[str, Any]]:
        """Return a function that reads these keys again, from the file or else from a copy."""
        if self.offset is None:
            copy = {key: self.data.get(key) for key in keys}
            return lambda: copy
        path, offset = self.path, self.offset
        return lambda: _line_at(path, offset)


def read_problems(
    paths: Sequence[Path], make: Callable[[ProblemRow], Problem], *, is_own: bool = False
) -> tuple[Problem, ...]:
    """Return the problems of all rows; ``make`` raises ``ValueError`` for an invalid row.

    Raises :class:`DataError` with the first fault and the places of the other invalid rows of the
    file, or with a hint at the dataset ``file`` where no object in it is a problem.

    Args:
        paths: The files.
        make: Makes a problem of a row.
        is_own: Whether the rows are in rltf's own form, that of the dataset ``file``.
    """
    problems: dict[str, tuple[Problem, ProblemRow]] = {}
    for path in paths:
        faults: list[tuple[str, str]] = []
        count = len(problems)
        objects, made = 0, 0
        for row in row_file.rows(path):
            place = row.position
            try:
                data = object_of(row.require_value())
                objects += 1
                problem = make(ProblemRow(data, path, place, row.offset))
                made += 1
                if problem.task_id in problems:
                    first = problems[problem.task_id][1]
                    where = first.place if first.path == path else first.where
                    raise ValueError(f"task_id {problem.task_id!r} is already that of {where}")
                problems[problem.task_id] = problem, ProblemRow({}, path, place)
            except ValueError as error:
                faults.append((place, str(error)))
        if objects and not made and not is_own:
            place, fault = faults[0]
            raise DataError(f"{path}, {place}: {fault}; {_OTHER_FORM}")
        if faults:
            raise DataError(_message(path, faults))
        if len(problems) == count:
            raise DataError(f"{path}: no problems in this file")
    return tuple(problem for problem, _ in problems.values())


def _message(path: Path, faults: Sequence[tuple[str, str]]) -> str:
    """Return a message with the first fault and the places of the others."""
    (place, fault), *others = faults
    message = f"{path}, {place}: {fault}"
    if others:
        unit = place.split()[0]
        numbers = ", ".join(other.split()[1] for other, _ in others[:_SHOWN])
        subject = f"{unit} is" if len(others) == 1 else f"{unit}s are"
        message += f"\n{len(others)} more {subject} wrong: {numbers}"
        message += ", …" if len(others) > _SHOWN else ""
    return message


def _line_at(path: Path, offset: int) -> dict[str, Any]:
    value = row_file.row_at(path, offset)
    if not isinstance(value, dict):
        raise DataError(f"{path}: changed while it was in use")
    return value


# ---------------------------------------------------------------------- values of a row


def object_of(value: Any) -> dict[str, Any]:
    """Return the value if it is an object; raise ``ValueError`` otherwise."""
    if not isinstance(value, dict):
        raise ValueError(f"must be an object, not {value!r:.60}")
    return value


def text(data: dict[str, Any], key: str, default: str | None = None) -> str:
    """Return a text, or ``default`` if it is missing or null; without a default, raise."""
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
    """Return a list whose items ``read`` has converted, or ``default`` if it is missing or null."""
    values = data.get(key)
    if values is None and default is not None:
        return default
    if not isinstance(values, list):
        raise ValueError(_wrong(data, key, "a list"))
    converted: list[T] = []
    for number, value in enumerate(values, 1):
        try:
            converted.append(read(value))
        except ValueError as error:
            raise ValueError(f"{key!r}, number {number}: {error}") from None
    return tuple(converted)


def entry_point(data: dict[str, Any]) -> str | None:
    """Return the function or method under ``entry_point``; ``ValueError`` for an invalid name."""
    name = text(data, "entry_point", "")
    parts = name.replace("().", ".").split(".")
    if name and not all(part.isidentifier() and not iskeyword(part) for part in parts):
        raise ValueError(
            f"'entry_point' must be a name like f, Solution.f or Solution().f, not {name!r:.60}"
        )
    return name or None


def program(value: object) -> str:
    """Return the value if it is text; raise ``ValueError`` otherwise."""
    if not isinstance(value, str):
        raise ValueError(f"a program must be text, not {value!r:.60}")
    return value


def json_value(source: str) -> Any:
    """Parse JSON text with integers of any length; raise ``ValueError`` if it is not JSON."""
    try:
        return json.loads(source, parse_int=long_integers.number)
    except RecursionError:
        raise ValueError("too deeply nested") from None


def _wrong(data: dict[str, Any], key: str, expected: str) -> str:
    if key not in data:
        return f"{key!r} is missing"
    return f"{key!r} must be {expected}, not {data[key]!r:.60}"
