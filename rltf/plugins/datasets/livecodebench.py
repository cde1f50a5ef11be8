"""Dataset ``livecodebench``: LiveCodeBench's code generation problems (Jain et al., 2024).

Reads the released JSON lines files. They are gigabytes, so tests are read only when they are used.
Private tests are JSON text, or a pickle that may contain only text.
"""

from __future__ import annotations

import base64
import binascii
import io
import pickle
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rltf.common.lazy_sequence import LazySequence
from rltf.dataset import LoadedDataset
from rltf.errors import DataError
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.datasets.data_source import locate
from rltf.plugins.datasets.problem_rows import (
    ProblemRow,
    json_value,
    object_of,
    read_problems,
    text,
)
from rltf.problem import Problem, TestCase

REPOSITORY = "livecodebench/code_generation_lite"
PATTERNS = ("test.jsonl", *(f"test{release}.jsonl" for release in range(2, 7)))
"""Release 6: each release adds a file."""

RULE = "livecodebench"

_LONGEST_TESTS = 1 << 30
"""Maximum size of one problem's private tests, in bytes after decompression."""
_METADATA = ("difficulty", "platform", "contest_id", "contest_date", "question_title")
_TESTS = ("public_test_cases", "private_test_cases")


def livecodebench(path: str | Path | None = None, *, revision: str | None = None) -> LoadedDataset:
    """Load the problems of a file, of a folder with the released files, or from the hub."""
    files = locate(
        "livecodebench", path, repository=REPOSITORY, patterns=PATTERNS, revision=revision
    )
    return LoadedDataset(
        "livecodebench", "", ("test",), read_problems(files, _problem), prompt="apps"
    )


def _problem(row: ProblemRow) -> Problem:
    data, where = row.data, row.where
    for key in _TESTS:
        text(data, key)
    starter_code = text(data, "starter_code", "")
    metadata = object_of(json_value(text(data, "metadata", "{}") or "{}"))
    name = text(metadata, "func_name", "") or None
    reread = row.reader(*_TESTS)
    return Problem(
        task_id=text(data, "question_id"),
        prompt=text(data, "question_content"),
        tests=LazySequence(lambda: _tests(reread(), where)),
        starter_code=starter_code,
        entry_point=f"Solution().{name}" if name and "class Solution" in starter_code else name,
        rule=RULE,
        split="test",
        metadata={key: str(data[key]) for key in _METADATA if data.get(key) is not None},
    )


def _tests(data: dict[str, Any], where: str) -> tuple[TestCase, ...]:
    """Return the public tests, which prompts show, and the private tests."""
    try:
        public, private = (text(data, key) for key in _TESTS)
        return (*_cases(public, visible=True), *_cases(_unpack(private), visible=False))
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None


def _cases(source: str, *, visible: bool) -> Sequence[TestCase]:
    cases = json_value(source)
    if not isinstance(cases, list):
        raise ValueError(f"tests must be a list, not {cases!r:.60}")
    return [_case(object_of(case), visible) for case in cases]


def _case(data: dict[str, Any], visible: bool) -> TestCase:
    test_input, expected = text(data, "input"), text(data, "output")
    match data.get("testtype"):
        case "stdin":
            return TestCase.stdin(test_input, expected, visible=visible)
        case "functional":
            return TestCase(
                "call",
                args=tuple(json_value(line) for line in test_input.split("\n") if line.strip()),
                expected=json_value(expected),
                from_json=True,
                visible=visible,
            )
        case kind:
            raise ValueError(f"a test's 'testtype' must be stdin or functional, not {kind!r:.60}")


class _TextUnpickler(pickle.Unpickler):
    """Refuses classes and functions: without them, a pickle cannot run code."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        raise pickle.UnpicklingError(f"it names {module_name}.{global_name}")


def _unpack(source: str) -> str:
    """Return private tests as JSON text; the source may be pickled, compressed and in base 64."""
    if source.lstrip().startswith("["):
        return source
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(base64.b64decode(source, validate=True), _LONGEST_TESTS)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"private tests are neither JSON nor packed text ({error})") from None
    if not stream.eof:
        raise ValueError("private tests are cut short, or too long to be tests")
    try:
        value = _TextUnpickler(io.BytesIO(data)).load()
    except Exception as error:  # a damaged pickle raises anything
        raise ValueError(f"private tests are not pickled text ({error})") from None
    if not isinstance(value, str):
        raise ValueError(f"private tests must be pickled text, not {type(value).__name__}")
    return value


@hookimpl
def rltf_register_datasets(register: Register) -> None:
    """Register ``livecodebench``."""
    register("livecodebench", livecodebench)
