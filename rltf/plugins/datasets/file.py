"""Dataset ``file``: your own problems, one JSON object per line.

    {"task_id", "prompt", "starter_code"?, "entry_point"?, "limits"?, "solutions"?, "submissions"?,
     "checker"?, "setup_code"?, "rule"?, "files"?, "fixtures"?, "literal_answer"?, "split"?,
     "metadata"?, "guarded"?,
     "tests": [{"input", "output"} | {"args", "expected"} | {"assert"}, …]}

A test may have ``"visible": true``. Problems without a split belong to the split ``train``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rltf.common import fixture_files, json_line
from rltf.common.did_you_mean import nearest
from rltf.errors import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.limits import Limits
from rltf.plugins.datasets.problem_rows import (
    entry_point,
    items,
    program,
    read_problems,
    text,
)
from rltf.problem import Problem, TestCase
from rltf.sandbox.guest.shared.values import UnsupportedValue, encode
from rltf.submission import Submission

SPLIT = "train"
DEFAULT_RULE = "strict"
_SPLITS = ("train", "test", "validation", "prompt")

_REQUIRED = ("task_id", "prompt", "tests")
_OPTIONAL_TEXTS = ("starter_code", "setup_code", "checker")
_KEYS = (
    *_REQUIRED,
    *_OPTIONAL_TEXTS,
    "entry_point",
    "literal_answer",
    "limits",
    "solutions",
    "submissions",
    "rule",
    "files",
    "fixtures",
    "split",
    "metadata",
    "guarded",
)


class FileDataset:
    """The problems of one file. Raises :class:`DataError` that names the invalid lines."""

    id_prefix = ""
    skipped: Mapping[str, str] = {}

    def __init__(self, path: str | Path | None = None) -> None:
        if path is None:
            raise DataError("dataset file: give the problem file with --data PROBLEMS.jsonl")
        self.name = Path(path).stem
        self._problems = read_problems(
            [Path(path)], lambda row: problem_from_dict(row.data), is_own=True
        )

    def problems(self, split: str | None = None) -> Sequence[Problem]:
        """Return the problems of one split, or all problems."""
        return [problem for problem in self._problems if split in (None, problem.split)]


def problem_from_dict(data: dict[str, Any]) -> Problem:
    """Read a problem from its JSON form; ``ValueError`` says what is wrong with it."""
    for key in data:
        if key not in _KEYS:
            hint = nearest(key, _KEYS, repr) or f"; known: {', '.join(_KEYS)}"
            raise ValueError(f"unknown key {key!r}{hint}")
    for key in _REQUIRED:
        if key not in data:
            raise ValueError(f"{key!r} is missing")
    tests = items(data, "tests", _test)
    name = entry_point(data)
    if name is None and any(test.kind == "call" for test in tests):
        raise ValueError("tests with 'args' call a function: 'entry_point' must name it")
    return Problem(
        task_id=json_line.task_id(data["task_id"]),
        prompt=text(data, "prompt"),
        tests=tests,
        entry_point=name,
        limits=_limits(data["limits"]) if data.get("limits") is not None else None,
        solutions=items(data, "solutions", program, ()),
        submissions=items(data, "submissions", Submission.from_dict, ()),
        rule=_rule(text(data, "rule", DEFAULT_RULE)),
        files=_flag(data, "files"),
        fixtures={} if data.get("fixtures") is None else fixture_files.from_json(data["fixtures"]),
        split=_split(text(data, "split", SPLIT)),
        literal_answer=_flag(data, "literal_answer"),
        metadata=_metadata(data.get("metadata")),
        guarded=_flag(data, "guarded"),
        **{key: text(data, key, "") for key in _OPTIONAL_TEXTS},
    )


def problem_line(problem: Problem) -> dict[str, Any]:
    """Convert a problem to a line that this dataset reads; ``ValueError`` if that is impossible."""
    line: dict[str, Any] = {
        "task_id": problem.task_id,
        "prompt": problem.prompt,
        **{key: value for key in _OPTIONAL_TEXTS if (value := getattr(problem, key))},
        "entry_point": problem.entry_point,
        "literal_answer": problem.literal_answer,
        "limits": asdict(problem.limits) if problem.limits else None,
        "rule": problem.rule if problem.rule != DEFAULT_RULE else None,
        "split": problem.split if problem.split != SPLIT else None,
        "files": problem.files and not problem.fixtures,
        "fixtures": fixture_files.to_json(problem.fixtures) if problem.fixtures else None,
        "metadata": dict(problem.metadata),
        "guarded": problem.guarded,
        "tests": [test.to_dict() for test in problem.tests],
        "solutions": list(problem.solutions),
        "submissions": [submission.to_dict() for submission in problem.submissions],
    }
    return {key: value for key, value in line.items() if value or key in _REQUIRED}


def _rule(name: str) -> str:
    from rltf import manager

    known = manager.names("rule")
    if name not in known:
        hint = nearest(name, known, repr)
        raise ValueError(f"unknown rule {name!r}; known: {', '.join(known)}{hint}")
    return name


def _split(name: str) -> str:
    """Return the name of a split; a name close to that of a common split is probably a mistake."""
    if name not in _SPLITS and (hint := nearest(name, _SPLITS, repr)):
        raise ValueError(f"unknown split {name!r}{hint}")
    return name


def _test(value: Any) -> TestCase:
    test = TestCase.from_dict(value)
    try:
        # The sandbox sends the arguments in a tuple with the entry point, one level deeper.
        encode(("", test.args))
        encode(test.expected)
    except UnsupportedValue as error:
        raise ValueError(f"its values cannot be given to a program: {error}") from None
    return test


def _flag(data: Mapping[str, Any], key: str) -> bool:
    value = data.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{key!r} must be true or false, not {value!r:.60}")
    return value


def _metadata(value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"'metadata' must be an object, not {value!r:.60}")
    return value or {}


def _limits(values: object) -> Limits:
    if not isinstance(values, dict):
        raise ValueError(f"'limits' must be an object, not {values!r:.60}")
    return Limits.from_dict(values)


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``file``."""
    register("file", FileDataset)
