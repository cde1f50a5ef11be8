"""Read results to compare: folders, files of verdicts, and results of other tools."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rltf.common import json_line
from rltf.common.file_writes import read_json
from rltf.common.output_folder import CONFIG
from rltf.conversion.read import read as read_other_tools
from rltf.errors import DataError
from rltf.samples.result_files import (
    RESULTS,
    VERDICTS,
    check_results,
    read_results,
    results_path,
)
from rltf.samples.row_file import rows
from rltf.verdict import STATUSES

FAILED = "failed"
"""The status of a sample that failed, where a file of another tool does not say how."""
_KNOWN = {*STATUSES, "unscored", FAILED}
_TESTS = {"tests", "test", "test_list", "input_output", "public_test_cases"}
"""Keys of problems: of rltf, HumanEval, MBPP, APPS and LiveCodeBench."""
_PROGRAMS = {"solution", "program", "completion", "response", "code_list", "eval"}
"""Keys of samples."""
_PROMPTED = {"prompt", "response"}


@dataclass(frozen=True)
class Measured:
    """The verdicts of one model's samples, and how they were measured."""

    name: str
    about: Mapping[str, Any]
    """results.json, or config.json of a benchmark that is not finished; empty if neither is there."""
    tasks: Mapping[str, Counter[str]]
    """Task id to statuses, with the number of samples that have each."""
    unfinished: bool = False
    repeated: int = 0
    """Number of verdicts of a sample that has one already, by its task and number."""

    @property
    def ks(self) -> list[int]:
        """The values of k that results.json has figures for."""
        return [int(k) for k in self.about.get("pass_at_k") or ()]

    @property
    def missing(self) -> int:
        """Number of verdicts that results.json counts and the file does not hold; 0 if unknown."""
        counts = [n for n in (self.about.get("statuses") or {}).values() if isinstance(n, int)]
        return max(0, sum(counts) - sum(each.total() for each in self.tasks.values()))

    def count(self, task_id: str) -> tuple[int, int]:
        """Return how many samples of a task passed, and how many were scored."""
        statuses = self.tasks[task_id]
        return statuses["passed"], statuses.total() - statuses["unscored"]


def read_all(paths: Sequence[Path]) -> list[Measured]:
    """Read several results, and give each a name of its own.

    Raises :class:`rltf.errors.DataError` for what holds no results.
    """
    absolute = [path.absolute() for path in paths]
    names = [path.name if path.is_dir() else _stem(path) for path in absolute]
    if len(set(names)) < len(names):
        common = Path(os.path.commonpath([str(path.parent) for path in absolute]))
        names = [str(path.relative_to(common)) for path in absolute]
    if len(set(names)) < len(names):
        raise DataError(f"{paths[0]}: the same results are given twice")
    return [_read(path, name) for path, name in zip(paths, names, strict=True)]


def _stem(path: Path) -> str:
    return path.parent.name if path.name in (RESULTS, VERDICTS) else path.name.split(".json")[0]


def _read(path: Path, name: str) -> Measured:
    verdicts, results = _files(path)
    about = read_results(results, DataError) or {}
    if about and about.get("verdicts", VERDICTS) != verdicts.name:
        about = {}
    config = read_json(verdicts.with_name(CONFIG), DataError) if verdicts.name == VERDICTS else None
    unfinished = config is not None and not about
    if config is not None:  # older results have no digests of data and prompts
        about = {"data": {"digest": config.get("data")}, "asked": config.get("asked"), **about}
        about = {**{key: config[key] for key in config if key not in about}, **about}
        try:
            check_results(about)
        except ValueError as error:
            raise DataError(f"cannot read {verdicts.with_name(CONFIG)}: {error}") from None
    tasks: dict[str, Counter[str]] = {}
    numbers: Counter[tuple[str, int]] = Counter()
    for task_id, status, number in _statuses(verdicts):
        tasks.setdefault(task_id, Counter())[status] += 1
        if number is not None:
            numbers[task_id, number] += 1
    if not tasks:
        raise DataError(f"{verdicts}: no results in this file")
    return Measured(name, about, tasks, unfinished, numbers.total() - len(numbers))


def _files(path: Path) -> tuple[Path, Path]:
    """Return the file of verdicts, and that of the results, which may not exist."""
    if path.is_dir():
        results = path / RESULTS
        stored = read_results(results, DataError) or {}
        verdicts = path / str(stored.get("verdicts", VERDICTS))
        if not verdicts.is_file():
            raise DataError(
                f"{path}: no {verdicts.name} in this folder; give a folder of rltf bench, or a file "
                "that rltf score wrote"
            )
        return verdicts, results
    if not path.is_file():
        raise DataError(f"{path}: no such file or folder")
    if path.name.endswith(RESULTS):
        stored = read_json(path, DataError) or {}
        if "pass_at_k" in stored and "schema" in stored:
            stored = read_results(path, DataError) or {}
            verdicts = path.with_name(str(stored.get("verdicts", VERDICTS)))
            if not verdicts.is_file():
                raise DataError(f"{path}: its verdicts, {verdicts.name}, are not beside it")
            return verdicts, path
    own = path.with_name(f"{path.name.split('.jsonl')[0]}.{RESULTS}")
    return path, own if own.is_file() else results_path(path)


def _statuses(path: Path) -> Iterator[tuple[str, str, int | None]]:
    """Yield task id, status and, where the line has one, number of each sample."""
    first = next(rows(path), None)
    value = first.value if first is not None and isinstance(first.value, dict) else {}
    if not {"task_id", "status"} <= value.keys():
        if first is not None:
            _refuse_others(path, first.value)
        yield from _of_other_tools(path)
        return
    for row in rows(path):
        try:
            yield _verdict(row.require_value())
        except ValueError as error:
            raise DataError(f"{path}, {row.position}: {error}") from None


def _verdict(line: object) -> tuple[str, str, int | None]:
    if not isinstance(line, dict) or not {"task_id", "status"} <= line.keys():
        raise ValueError('no verdict: "task_id" and "status" of rltf are expected')
    status, number = line["status"], line.get("sample")
    if not isinstance(status, str) or status not in _KNOWN:
        raise ValueError(f'no verdict: "status" is {status!r:.60}, which rltf does not write')
    return json_line.task_id(line["task_id"]), status, number if type(number) is int else None


def _refuse_others(path: Path, value: object) -> None:
    """Say what a file holds whose first row is a problem, or a sample that names no task."""
    if isinstance(value, dict) and _TESTS & value.keys() and not _PROGRAMS & value.keys():
        dataset = "file" if "tests" in value else "DATASET"
        raise DataError(
            f"{path} holds problems, not results: rltf bench {dataset} --data "
            f"{shlex.quote(str(path))} --policy NAME --out DIR measures a policy on them, and rltf "
            "compare reads DIR"
        )
    if isinstance(value, list) or (isinstance(value, dict) and value.keys() == _PROMPTED):
        raise _without_results(path)


def _without_results(path: Path) -> DataError:
    return DataError(
        f"{path} holds samples without results: rltf score {shlex.quote(str(path))} --dataset NAME "
        "--out OUT.jsonl judges them, and rltf compare reads OUT.jsonl"
    )


def _of_other_tools(path: Path) -> Iterator[tuple[str, str, int | None]]:
    for entry in read_other_tools(path, None, None):
        if entry.result is None:
            raise _without_results(path)
        yield entry.problem.task_id, entry.result.outcome, None
