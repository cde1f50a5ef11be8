"""Dataset ``apps``: Automated Programming Progress Standard (Hendrycks et al., 2021).

Read are the original tree, a folder a problem, and the files of the hub's codeparrot/apps. Tests and
reference programs are read when they are used: together they are gigabytes. Problems without tests
cannot be passed; they are left out and listed in ``skipped``.
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
"""Characters. Longer tests are not read to see whether there are any."""
_NO_TESTS = "it has no tests"
_ID_DIGITS = 4
"""The hub numbers problems; folders are named 0000 to 4999."""
_FUNCTION = re.compile(r'"fn_name"\s*:\s*"(\w+)"')
"""In JSON text. Inside of a string, the quotes have backslashes."""
_SOLUTION = re.compile(r"^class\s+Solution\b", re.M)


def apps(path: str | Path | None = None, *, revision: str | None = None) -> LoadedDataset:
    """The problems of a tree of folders or of the hub's files; the folder's name is the id.

    Training and test problems may have the same name; the training problem's id is then
    ``train/NAME``.
    """
    folder = None if path is None else Path(path).expanduser()
    if folder is not None and folder.is_dir() and (found := list(_folders(folder))):
        problems = [_folder_problem(place, split) for place, split in found]
    else:
        patterns = [f"{split}.jsonl" for split in SPLITS]
        files = locate("apps", path, repository=REPOSITORY, patterns=patterns, revision=revision)
        problems = [
            problem
            for file in files
            for problem in read_problems([file], partial(_row_problem, _split_of(file)))
        ]
    named = _with_own_ids(problems)
    tested = [problem for problem in named if not _lacks_tests(problem)]
    skipped = {problem.task_id: _NO_TESTS for problem in named if _lacks_tests(problem)}
    return LoadedDataset("apps", "", SPLITS, tested, skipped)


def _lacks_tests(problem: Problem) -> bool:
    return problem.tests == ()  # and not their length: that would read them all


def _with_own_ids(problems: list[Problem]) -> list[Problem]:
    tested = {problem.task_id for problem in problems if problem.split == "test"}
    return [
        replace(problem, task_id=f"train/{problem.task_id}")
        if problem.split == "train" and problem.task_id in tested
        else problem
        for problem in problems
    ]


# ---------------------------------------------------------------------- the original tree


def _folders(root: Path) -> Iterator[tuple[Path, str]]:
    """The problem folders of a tree, and their splits: of a bare one, its own name or ``test``."""
    if (root / _QUESTION).is_file():
        yield root, _split_of(root.parent)
        return
    parts = [root / split for split in SPLITS if (root / split).is_dir()]
    for part in parts or [root]:
        for question in sorted(part.glob(f"*/{_QUESTION}")):
            yield question.parent, _split_of(part)


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
        tests=_named(
            str(tests), lambda source: _tests(source, lambda: _read(tests), str(tests)), source
        ),
        starter_code=starter_code,
        entry_point=_entry_point(source, starter_code),
        solutions=LazySequence(lambda: _named(str(solutions), _programs, _read(solutions))),
        rule=RULE,
        split=split,
        metadata=_named(str(metadata), _object, _read(metadata)),
    )


def _read(file: Path) -> str:
    """The text of a file; empty where there is none."""
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
    again = row.reader("input_output", "solutions")
    return Problem(
        task_id=json_line.task_id(data.get("problem_id")).zfill(_ID_DIGITS),
        prompt=text(data, "question"),
        tests=_tests(source, lambda: text(again(), "input_output", ""), where),
        starter_code=starter_code,
        entry_point=_entry_point(source, starter_code),
        solutions=LazySequence(lambda: _named(where, _programs, text(again(), "solutions", ""))),
        rule=RULE,
        split=split,
        metadata={key: text(data, key, "") for key in ("difficulty", "url")},
    )


# ---------------------------------------------------------------------- what both hold as JSON


def _entry_point(source: str, starter_code: str) -> str | None:
    """The function that the tests name, in class ``Solution`` where the starter code has one."""
    named = _FUNCTION.search(source)
    if named is None:
        return None
    return f"Solution().{named[1]}" if _SOLUTION.search(starter_code) else named[1]


def _tests(source: str, again: Callable[[], str], where: str) -> Sequence[TestCase]:
    """The tests in a text; long ones are left to ``again``, which reads them when they are used."""
    if len(source) <= _LONGEST_EMPTY:
        return _cases(source)
    return LazySequence(lambda: _named(where, _cases, again()))


def _named(where: str, parse: Callable[[str], T], source: str) -> T:
    """What ``parse`` makes of a text; what is wrong with it is named by ``where``."""
    try:
        return parse(source)
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None


def _object(source: str) -> dict[str, Any]:
    return object_of(json_value(source)) if source.strip() else {}


def _programs(source: str) -> tuple[str, ...]:
    programs = json_value(source) if source.strip() else []
    return items({"solutions": programs}, "solutions", program)


def _cases(source: str) -> tuple[TestCase, ...]:
    data = _object(source)
    inputs, outputs = (items(data, key, _itself, ()) for key in ("inputs", "outputs"))
    if len(inputs) != len(outputs):
        raise ValueError(f"{len(inputs)} inputs, but {len(outputs)} outputs")
    make = _call if data.get("fn_name") else _stdin
    return tuple(map(make, inputs, outputs))


def _itself(value: Any) -> Any:
    return value


def _stdin(given: Any, expected: Any) -> TestCase:
    return TestCase.stdin(_joined(given), _joined(expected))


def _joined(value: Any) -> str:
    """Text, which may be written as a list of lines."""
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _call(args: Any, expected: Any) -> TestCase:
    """A call as the official harness makes it: JSON has no integers as keys of a dictionary.

    The expected value is left as it is written: what may stand for it is the judging rule's affair.
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
