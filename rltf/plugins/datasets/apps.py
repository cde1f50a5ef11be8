"""Dataset ``apps``: Automated Programming Progress Standard (Hendrycks et al., 2021).

Reads the original tree, which has one folder per problem, and the files of the hub's
codeparrot/apps. Tests and reference programs are read only when they are used, because together
they are gigabytes. Problems without tests cannot be passed; they are left out and listed in
``skipped``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rltf.common import json_line
from rltf.common.lazy_sequence import LazySequence
from rltf.dataset import LoadedDataset
from rltf.errors import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.datasets.data_source import locate
from rltf.plugins.datasets.problem_rows import (
    ProblemRow,
    items,
    json_value,
    object_of,
    program,
    read_problems,
    text,
)
from rltf.problem import Problem, TestCase

T = TypeVar("T")

REPOSITORY = "codeparrot/apps"
SPLITS = ("train", "test")
RULE = "apps"

_QUESTION = "question.txt"
_LONGEST_EMPTY = 4096
"""Characters. A longer text contains tests, so it is not read to check that."""
_NO_TESTS = "it has no tests"
_ID_DIGITS = 4
"""The hub's ids are numbers; the folders are named 0000 to 4999."""
_FUNCTION = re.compile(r'"fn_name"\s*:\s*"(\w+)"')
"""Matches a key of the JSON text. Inside a JSON string, the quotes would be escaped."""
_SOLUTION = re.compile(r"^class\s+Solution\b", re.M)


def apps(path: str | Path | None = None, *, revision: str | None = None) -> LoadedDataset:
    """Load the problems of a tree of folders or of the hub's files. A folder's name is the task id.

    If a training and a test problem have the same name, the training problem's id is
    ``train/NAME``.
    """
    root = None if path is None else Path(path).expanduser()
    if root is not None and root.is_dir() and (folders := list(_folders(root))):
        problems = [_folder_problem(folder, split) for folder, split in folders]
    else:
        patterns = [f"{split}.jsonl" for split in SPLITS]
        files = locate("apps", path, repository=REPOSITORY, patterns=patterns, revision=revision)
        problems = [
            problem
            for file in files
            for problem in read_problems([file], partial(_row_problem, _split_of(file)))
        ]
    problems = _with_unique_ids(problems)
    tested = [problem for problem in problems if not _lacks_tests(problem)]
    skipped = {problem.task_id: _NO_TESTS for problem in problems if _lacks_tests(problem)}
    return LoadedDataset("apps", "", SPLITS, tested, skipped, prompt="apps")


def _lacks_tests(problem: Problem) -> bool:
    return problem.tests == ()  # len() would read all of them


def _with_unique_ids(problems: list[Problem]) -> list[Problem]:
    test_ids = {problem.task_id for problem in problems if problem.split == "test"}
    return [
        replace(problem, task_id=f"train/{problem.task_id}")
        if problem.split == "train" and problem.task_id in test_ids
        else problem
        for problem in problems
    ]


# ---------------------------------------------------------------------- the original tree


def _folders(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the problem folders of a tree, each with its split.

    The tree may hold a folder for each split, only problem folders, or be a problem folder itself.
    """
    if (root / _QUESTION).is_file():
        yield root, _split_of(root.parent)
        return
    split_folders = [root / split for split in SPLITS if (root / split).is_dir()]
    for folder in split_folders or [root]:
        for question in sorted(folder.glob(f"*/{_QUESTION}")):
            yield question.parent, _split_of(folder)


def _split_of(path: Path) -> str:
    return "train" if path.stem.startswith("train") else "test"


def _folder_problem(folder: Path, split: str) -> Problem:
    tests, metadata, solutions = (
        folder / f"{name}.json" for name in ("input_output", "metadata", "solutions")
    )
    starter_code = _read(folder / "starter_code.py")
    source = _read(tests)
    return Problem(
        task_id=folder.name,
        prompt=_read(folder / _QUESTION),
        tests=_parse(
            str(tests), lambda source: _tests(source, lambda: _read(tests), str(tests)), source
        ),
        starter_code=starter_code,
        entry_point=_entry_point(source, starter_code),
        solutions=LazySequence(lambda: _parse(str(solutions), _programs, _read(solutions))),
        rule=RULE,
        split=split,
        metadata=_parse(str(metadata), _object, _read(metadata)),
    )


def _read(file: Path) -> str:
    """Return the text of a file, or an empty string if there is no such file."""
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not UTF-8 ({error.reason})") from None
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}") from None


# ---------------------------------------------------------------------- the hub's files


def _row_problem(split: str, row: ProblemRow) -> Problem:
    data, where = row.data, row.where
    starter_code = text(data, "starter_code", "")
    source = text(data, "input_output", "")
    reread = row.reader("input_output", "solutions")
    return Problem(
        task_id=json_line.task_id(data.get("problem_id")).zfill(_ID_DIGITS),
        prompt=text(data, "question"),
        tests=_tests(source, lambda: text(reread(), "input_output", ""), where),
        starter_code=starter_code,
        entry_point=_entry_point(source, starter_code),
        solutions=LazySequence(lambda: _parse(where, _programs, text(reread(), "solutions", ""))),
        rule=RULE,
        split=split,
        metadata={key: text(data, key, "") for key in ("difficulty", "url")},
    )


# ---------------------------------------------------------------------- JSON in both


def _entry_point(source: str, starter_code: str) -> str | None:
    """Return the function that the tests name, as a method if the starter code has ``Solution``."""
    function = _FUNCTION.search(source)
    if function is None:
        return None
    return f"Solution().{function[1]}" if _SOLUTION.search(starter_code) else function[1]


def _tests(source: str, reread: Callable[[], str], where: str) -> Sequence[TestCase]:
    """Return the tests in a text. Long tests are read with ``reread`` only when they are used."""
    if len(source) <= _LONGEST_EMPTY:
        return cases(source)
    return LazySequence(lambda: _parse(where, cases, reread()))


def _parse(where: str, parse: Callable[[str], T], source: str) -> T:
    """Parse a text. Raise :class:`DataError` that names ``where`` it is if it is invalid."""
    try:
        return parse(source)
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None


def _object(source: str) -> dict[str, Any]:
    return object_of(json_value(source)) if source.strip() else {}


def _programs(source: str) -> tuple[str, ...]:
    programs = json_value(source) if source.strip() else []
    return items({"solutions": programs}, "solutions", program)


def cases(source: str) -> tuple[TestCase, ...]:
    """Return the tests in JSON text; raise ``ValueError`` if there is something else in it."""
    data = _object(source)
    inputs, outputs = (items(data, key, _identity, ()) for key in ("inputs", "outputs"))
    if len(inputs) != len(outputs):
        raise ValueError(f"{len(inputs)} inputs, but {len(outputs)} outputs")
    make_test = _call_test if data.get("fn_name") else _stdin_test
    return tuple(map(make_test, inputs, outputs))


def _identity(value: Any) -> Any:
    return value


def _stdin_test(stdin: Any, stdout: Any) -> TestCase:
    return TestCase.stdin(_joined(stdin), _joined(stdout))


def _joined(value: Any) -> str:
    """Return text, which the data may hold as a list of lines."""
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _call_test(args: Any, expected: Any) -> TestCase:
    """Return a call test with integer keys restored, which JSON cannot write.

    The official harness does the same. The expected value stays as it is: the judging rule decides
    what matches it.
    """
    args = args if isinstance(args, list) else [args]
    if args and isinstance(args[0], dict):
        args = [_with_int_keys(args[0]), *args[1:]]
    return TestCase("call", args=tuple(args), expected=expected, from_json=True)


def _with_int_keys(value: dict[str, Any]) -> dict[Any, Any]:
    try:
        return {int(key): item for key, item in value.items()}
    except ValueError:
        return value


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``apps``."""
    register("apps", apps)
