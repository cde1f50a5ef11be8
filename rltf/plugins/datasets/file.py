"""Dataset ``file``: problems of one's own, a JSON object per line.

    {"task_id", "prompt", "starter_code"?, "entry_point"?, "limits"?, "solutions"?, "checker"?,
     "tests": [{"input", "output"} | {"args", "expected"} | {"assert"}, …]}

A test may carry ``"visible": true``. All problems are of the split ``train``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rltf import jsonline
from rltf.dataset import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.limits import Limits
from rltf.plugins.datasets.rows import Row, entry_point, items, program, read_problems, text
from rltf.problem import Problem, TestCase
from rltf.sandbox.inside.values import UnsupportedValue, encode

SPLIT = "train"

_REQUIRED = ("task_id", "prompt", "tests")
_KEYS = (*_REQUIRED, "starter_code", "entry_point", "limits", "solutions", "checker")


class FileDataset:
    """The problems of one file. Raises :class:`DataError` that names the lines that are wrong."""

    id_prefix = ""
    skipped: Mapping[str, str] = {}

    def __init__(self, path: str | Path | None = None) -> None:
        if path is None:
            raise DataError("dataset file: give the problem file with --data PROBLEMS.jsonl")
        self.name = Path(path).stem
        self._problems = read_problems([Path(path)], _problem)

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """All problems, for split ``train`` or ``None``."""
        return self._problems if split in (None, SPLIT) else ()


def _problem(row: Row) -> Problem:
    data = row.data
    for key in data:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_KEYS)}"
            raise ValueError(f"unknown key {key!r}; {hint}")
    for key in _REQUIRED:
        if key not in data:
            raise ValueError(f"{key!r} is missing")
    tests = items(data, "tests", _test)
    name = entry_point(data)
    if name is None and any(test.kind == "call" for test in tests):
        raise ValueError("tests with 'args' call a function: 'entry_point' must name it")
    return Problem(
        task_id=jsonline.task_id(data["task_id"]),
        prompt=text(data, "prompt"),
        tests=tests,
        starter_code=text(data, "starter_code", ""),
        entry_point=name,
        limits=_limits(data["limits"]) if data.get("limits") is not None else None,
        solutions=items(data, "solutions", program, ()),
        checker=text(data, "checker", ""),
        split=SPLIT,
    )


def _test(value: Any) -> TestCase:
    test = TestCase.from_dict(value)
    try:
        # Arguments cross beside the entry point, one level down.
        encode(("", test.args))
        encode(test.expected)
    except UnsupportedValue as error:
        raise ValueError(f"its values cannot be given to a program: {error}") from None
    return test


def _limits(values: object) -> Limits:
    if not isinstance(values, dict):
        raise ValueError(f"'limits' must be an object, not {values!r:.60}")
    return Limits.from_dict(values)


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``file``."""
    register("file", FileDataset)
