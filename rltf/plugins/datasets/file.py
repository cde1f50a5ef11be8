"""Dataset ``file``: problems of one's own, a JSON object per line.

    {"task_id", "prompt", "starter_code"?, "entry_point"?, "limits"?, "solutions"?, "checker"?,
     "tests": [{"input", "output"} | {"args", "expected"} | {"assert"}, …]}

A test may carry ``"visible": true``. All problems are of the split ``train``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from keyword import iskeyword
from pathlib import Path
from typing import Any, TypeVar

from rltf import jsonline
from rltf.dataset import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.limits import Limits
from rltf.problem import Problem, TestCase
from rltf.sandbox.inside.values import UnsupportedValue, encode

SPLIT = "train"

T = TypeVar("T")

_SHOWN = 20
"""Line numbers in a message."""

_REQUIRED = ("task_id", "prompt", "tests")
_KEYS = (*_REQUIRED, "starter_code", "entry_point", "limits", "solutions", "checker")


class FileDataset:
    """The problems of one file. Raises :class:`DataError` that names the lines that are wrong."""

    id_prefix = ""

    def __init__(self, path: str | Path | None = None) -> None:
        if path is None:
            raise DataError("dataset file: give the problem file with --data PROBLEMS.jsonl")
        self.name = Path(path).stem
        self._problems = _read(Path(path))

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """All problems, for split ``train`` or ``None``."""
        return self._problems if split in (None, SPLIT) else ()


def _read(path: Path) -> tuple[Problem, ...]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from None
    problems: dict[str, tuple[Problem, int]] = {}
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            problem = _problem(_object(line))
            if problem.task_id in problems:
                first = problems[problem.task_id][1]
                raise ValueError(f"task_id {problem.task_id!r} is already that of line {first}")
            problems[problem.task_id] = problem, number
        except ValueError as error:
            faults.append((number, str(error)))
    if faults:
        raise DataError(_message(path, faults))
    if not problems:
        raise DataError(f"{path}: no problems in this file")
    return tuple(problem for problem, _ in problems.values())


def _message(path: Path, faults: Sequence[tuple[int, str]]) -> str:
    """The first fault in words, the others by their lines."""
    (number, fault), *others = faults
    message = f"{path}, line {number}: {fault}"
    if others:
        numbers = ", ".join(str(other) for other, _ in others[:_SHOWN])
        message += f"\n{len(others)} more lines are wrong: {numbers}"
        message += ", …" if len(others) > _SHOWN else ""
    return message


def _object(line: bytes) -> dict[str, Any]:
    data = jsonline.parse(line)
    if not isinstance(data, dict):
        raise ValueError(f"must be an object with {', '.join(_REQUIRED)}, not {data!r:.60}")
    return data


def _problem(data: dict[str, Any]) -> Problem:
    for key in data:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_KEYS)}"
            raise ValueError(f"unknown key {key!r}; {hint}")
    for key in _REQUIRED:
        if key not in data:
            raise ValueError(f"{key!r} is missing")
    tests = _list(data, "tests", _test)
    entry_point = _entry_point(data)
    if entry_point is None and any(test.kind == "call" for test in tests):
        raise ValueError("tests with 'args' call a function: 'entry_point' must name it")
    return Problem(
        task_id=jsonline.task_id(data["task_id"]),
        prompt=_text(data, "prompt"),
        tests=tests,
        starter_code=_text(data, "starter_code"),
        entry_point=entry_point,
        limits=_limits(data["limits"]) if data.get("limits") is not None else None,
        solutions=_list(data, "solutions", _program),
        checker=_text(data, "checker"),
        split=SPLIT,
    )


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None and key not in _REQUIRED:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key!r} must be text, not {value!r:.60}")
    return value


def _list(data: dict[str, Any], key: str, read: Callable[[Any], T]) -> tuple[T, ...]:
    values = data.get(key)
    if values is None and key not in _REQUIRED:
        return ()
    if not isinstance(values, list):
        raise ValueError(f"{key!r} must be a list, not {values!r:.60}")
    items: list[T] = []
    for number, value in enumerate(values, 1):
        try:
            items.append(read(value))
        except ValueError as error:
            raise ValueError(f"{key!r}, number {number}: {error}") from None
    return tuple(items)


def _entry_point(data: dict[str, Any]) -> str | None:
    name = _text(data, "entry_point")
    parts = name.replace("().", ".").split(".")
    if name and not all(part.isidentifier() and not iskeyword(part) for part in parts):
        raise ValueError(
            f"'entry_point' must be a name like f, Solution.f or Solution().f, not {name!r:.60}"
        )
    return name or None


def _test(value: Any) -> TestCase:
    test = TestCase.from_dict(value)
    try:
        # Arguments cross beside the entry point, one level down.
        encode(("", test.args))
        encode(test.expected)
    except UnsupportedValue as error:
        raise ValueError(f"its values cannot be given to a program: {error}") from None
    return test


def _program(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a program must be text, not {value!r:.60}")
    return value


def _limits(values: object) -> Limits:
    if not isinstance(values, dict):
        raise ValueError(f"'limits' must be an object, not {values!r:.60}")
    return Limits.from_dict(values)


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``file``."""
    register("file", FileDataset)
