"""The problem of a row of a host's data set, in the forms that data sets have.

    problem             a whole problem, as ``rltf.adapters.rows`` and the dataset ``file`` write it
    tests               the tests of dataset ``file``, or asserts; with ``entry_point`` and its other keys
    verification_info   open-r1: {"language", "test_cases": [{"input", "output", "fn_name"?}]}
    input_output        APPS, TACO, PRIME: {"inputs", "outputs", "fn_name"?}
    test_list           MBPP: asserts, with ``test_imports`` and ``test_setup_code``
    test                HumanEval: code that defines check(candidate), with ``entry_point``
    dataset, task_id    a problem of a dataset of rltf, such as ``mbpp`` and ``11``

A value may be an object or its JSON text. Hosts with a single field for the answer, such as verl's
``ground_truth``, may hold any of these as one object, or a list of tests, or asserts as plain text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from rltf import manager
from rltf.common.digests import text_digest
from rltf.errors import DataError
from rltf.plugins.datasets import apps, file, humaneval
from rltf.plugins.datasets.problem_rows import (
    ProblemRow,
    entry_point,
    items,
    json_value,
    program,
    text,
)
from rltf.problem import Problem, TestCase
from rltf.samples.task_lookup import DatasetTasks

_NAMELESS = "row"
_SHOWN = 10
_KEPT = 4096
"""Problems that are kept ready: the rows of a batch come again for every sample."""
_LARGE, _LARGE_KEPT = 64 * 1024, 64
"""Characters from which a problem is large, and how many of these are kept."""


def problem_of(row: Mapping[str, Any], prompt: str = "") -> Problem:
    """Return the problem of a row. Raises :class:`DataError` that says what the row lacks.

    Args:
        row: Columns of the row; those that rltf does not know are ignored.
        prompt: What a completion continues, where the row does not say.
    """
    if not isinstance(row, Mapping):
        raise DataError(f"a row must map columns to values, not {row!r:.60}")
    for key, read in _READERS.items():
        if row.get(key) is not None:
            columns = {
                name: row[name] for name in (key, *_COMPANIONS[key]) if row.get(name) is not None
            }
            try:
                source = json.dumps(columns, sort_keys=True, default=_unexpected)
                make = _problem if len(source) < _LARGE else _large_problem
                return make(read, source, prompt)
            except RecursionError:
                raise DataError(f"column {key!r} is nested too deeply") from None
            except (TypeError, ValueError) as error:
                raise DataError(f"column {key!r}: {error}") from None
    names = ", ".join(map(str, list(row)[:_SHOWN])) or "none"
    raise DataError(
        f"the row has no tests: its columns are {names}; rltf reads {', '.join(_READERS)}"
    )


def problem_of_answer(answer: object, prompt: str = "", *, name: str = "ground_truth") -> Problem:
    """Return the problem that the one field for the answer holds; ``name`` is for messages.

    Raises :class:`DataError` that says what is wrong with it.
    """
    value = answer
    if isinstance(answer, str):
        try:
            value = json_value(answer)
        except ValueError:
            value = [answer] if answer.strip() else None
    try:
        match value:
            case Mapping() if value.keys() & _READERS.keys():
                return problem_of(value, prompt)
            case Mapping() if "inputs" in value:
                return problem_of({"input_output": value}, prompt)
            case Mapping() if "test_cases" in value:
                return problem_of({"verification_info": value}, prompt)
            case [_, *_]:
                return problem_of({"tests": value}, prompt)
            case Mapping():
                return problem_of(value, prompt)
    except DataError as error:
        raise DataError(f"{name}: {error}") from None
    raise DataError(f"{name} must hold the tests of a problem, not {answer!r:.60}")


def _read(read: Callable[[dict[str, Any], str], Problem], source: str, prompt: str) -> Problem:
    """Return a problem with an id that no other has: verdicts are remembered by it."""
    problem = read(json_value(source), prompt)
    key = text_digest([source, prompt])
    return replace(problem, task_id=f"{problem.task_id}#{key}")


_problem, _large_problem = lru_cache(_KEPT)(_read), lru_cache(_LARGE_KEPT)(_read)


def _whole(row: dict[str, Any], prompt: str) -> Problem:
    return file.problem_from_dict(_object(row["problem"]))


def _tested(row: dict[str, Any], prompt: str) -> Problem:
    tests = [_test(test) for test in _list(row.pop("tests"), "tests")]
    return file.problem_from_dict({"task_id": _NAMELESS, "prompt": prompt, "tests": tests, **row})


def _of_open_r1(row: dict[str, Any], prompt: str) -> Problem:
    info = _object(row["verification_info"])
    if (language := info.get("language") or "python") != "python":
        raise ValueError(f"its language is {language!r}; rltf runs python")
    cases = _list(info.get("test_cases"), "test_cases")
    for case in cases:
        if not isinstance(case, dict) or not {"input", "output"} <= case.keys():
            raise ValueError(f"a test case must have 'input' and 'output', not {case!r:.60}")
    names = {text(case, "fn_name") for case in cases if case.get("fn_name")}
    if len(names) > 1:
        raise ValueError(f"its tests call several functions: {', '.join(sorted(names))}")
    decode = _decoded if names else lambda value: value
    source = {
        "inputs": [decode(case["input"]) for case in cases],
        "outputs": [decode(case["output"]) for case in cases],
        "fn_name": next(iter(names), None),
    }
    return _of_apps({"input_output": source}, prompt)


def _of_apps(row: dict[str, Any], prompt: str) -> Problem:
    source = _object(row["input_output"])
    starter = row.get("starter_code") or ""
    name = text(source, "fn_name", "") or None
    return Problem(
        task_id=_NAMELESS,
        prompt=prompt,
        tests=apps.cases(json.dumps(source)),
        starter_code=starter,
        entry_point=f"Solution().{name}" if name and "class Solution" in starter else name,
        rule=apps.RULE,
    )


def _of_mbpp(row: dict[str, Any], prompt: str) -> Problem:
    asserts, imports = (_programs(row, key) for key in ("test_list", "test_imports"))
    setup = [*imports, text(row, "test_setup_code", "")]
    return Problem(
        task_id=_NAMELESS,
        prompt=prompt,
        tests=[TestCase.assertion(test) for test in asserts],
        entry_point=entry_point(row),
        setup_code="\n".join(setup).strip(),
    )


def _of_human_eval(row: dict[str, Any], prompt: str) -> Problem:
    return humaneval.problem(
        ProblemRow({"task_id": _NAMELESS, "prompt": prompt, **row}, Path(), "")
    )


def _of_dataset(row: dict[str, Any], prompt: str) -> Problem:
    name = text(row, "dataset")
    if "task_id" not in row:
        raise ValueError(f"'task_id' must name a problem of dataset {name!r}")
    return _tasks(name).named(row["task_id"])


_READERS: Mapping[str, Callable[[dict[str, Any], str], Problem]] = {
    "problem": _whole,
    "tests": _tested,
    "verification_info": _of_open_r1,
    "input_output": _of_apps,
    "test_list": _of_mbpp,
    "test": _of_human_eval,
    "dataset": _of_dataset,
}
"""Column that holds the tests, to its reader; the first one that a row has counts."""
_COMPANIONS: Mapping[str, Sequence[str]] = {
    "problem": (),
    "tests": (
        "entry_point",
        "setup_code",
        "starter_code",
        "rule",
        "checker",
        "limits",
        "files",
        "fixtures",
        "guarded",
        "literal_answer",
    ),
    "verification_info": (),
    "input_output": ("starter_code",),
    "test_list": ("test_imports", "test_setup_code", "entry_point"),
    "test": ("entry_point", "prompt", "task_id"),
    "dataset": ("task_id",),
}
"""Other columns that the reader of a column uses."""


@lru_cache
def _tasks(name: str) -> DatasetTasks:
    return DatasetTasks(manager.get("dataset", name, path=None))


def _test(test: object) -> object:
    """Return a test without the empty fields that a table fills in; an assert may be plain text."""
    if isinstance(test, str):
        return {"assert": test}
    if not isinstance(test, dict):
        return test
    return {
        key: value
        for key, value in test.items()
        if value is not None or (key == "expected" and test.get("args") is not None)
    }


def _programs(row: dict[str, Any], key: str) -> tuple[str, ...]:
    return items({key: _decoded(row.get(key))}, key, program, ())


def _object(value: object) -> dict[str, Any]:
    value = _decoded(value)
    if not isinstance(value, dict):
        raise ValueError(f"must be an object or its JSON text, not {value!r:.60}")
    return value


def _list(value: object, name: str) -> list[Any]:
    value = _decoded(value)
    if not isinstance(value, list):
        raise ValueError(f"{name!r} must be a list or its JSON text, not {value!r:.60}")
    return value


def _decoded(value: object) -> object:
    """Return the value of JSON text, or the value itself."""
    if not isinstance(value, str):
        return value
    try:
        return cast("object", json_value(value))
    except ValueError:
        raise ValueError(f"is no JSON: {value!r:.60}") from None


def _unexpected(value: object) -> object:
    """Return a plain value for what tables hold, such as arrays of numpy."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise ValueError(f"holds a {type(value).__name__}, which JSON cannot")
