"""The rows of a sample file, whatever it is kept in.

    JSON lines, also in gzip      a row a line; read line by line
    NAME.json                     a list: a row an item; or EvalPlus' eval_results.json; read whole
    a folder                      EvalPlus': TASK/N.py, with _ for / in TASK; read file by file

Nothing here knows what a row means: see ``samplefile``.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from rltf import jsonline
from rltf.dataset import DataError

LONGEST_LINE = 256 << 20
"""Bytes of one line."""


@dataclass(frozen=True)
class Row:
    """What was read at one place."""

    place: str
    """Such as ``line 3``."""
    value: Any = None
    fault: str = ""
    """Why there is no value."""


def rows(path: Path) -> Iterator[Row]:
    """The rows of a file or folder, in order.

    Raises :class:`rltf.dataset.DataError` for what cannot be read at all.
    """
    try:
        if path.is_dir():
            yield from _of_folder(path)
            return
        if path.exists() and not path.is_file():
            raise DataError(
                f"{path}: not a regular file; samples are read twice, so save them first"
            )
        with _opened(path) as file:
            if path.name.removesuffix(".gz").endswith(".json"):
                yield from _of_document(path, file.read())
            else:
                yield from _of_lines(file)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip file ({error})") from None
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None


def _opened(path: Path) -> BinaryIO:
    """The file's bytes, out of gzip where they are in it."""
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if is_gzip else path.open("rb")


def _of_lines(file: BinaryIO) -> Iterator[Row]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        place = f"line {number}"
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE)
            yield Row(place, fault=f"longer than {LONGEST_LINE >> 20} MiB")
        elif line.removeprefix(codecs.BOM_UTF8).strip():
            yield _parsed(place, line)


def _of_document(path: Path, content: bytes) -> Iterator[Row]:
    if not content.removeprefix(codecs.BOM_UTF8).strip():
        return
    try:
        document = jsonline.parse(content)
    except ValueError as error:
        hint = "; JSON lines end in .jsonl" if "Extra data" in str(error) else ""
        raise DataError(f"{path}: {error}{hint}") from None
    match document:
        case list():
            for number, item in enumerate(document, 1):
                yield Row(f"item {number}", item)
        case {"eval": dict() as tasks}:
            for task_id, results in tasks.items():
                if not isinstance(results, list):
                    yield Row(f"task {task_id!r}", fault="must hold a list of results")
                    continue
                for number, result in enumerate(results, 1):
                    place = f"task {task_id!r}, result {number}"
                    if isinstance(result, dict):
                        yield Row(place, {"task_id": task_id, **result})
                    else:
                        yield Row(place, fault=f"must be an object, not {result!r:.60}")
        case _:
            raise DataError(f"{path}: must hold a list, or EvalPlus' results, not {document!r:.60}")


def _of_folder(path: Path) -> Iterator[Row]:
    empty = True
    for folder in sorted(path.iterdir()):
        if not folder.is_dir():
            continue
        for file in sorted(folder.glob("*.py"), key=_number):
            if not file.is_file():
                continue
            empty = False
            place = f"{folder.name}/{file.name}"
            try:
                program = file.read_bytes().decode()
            except UnicodeDecodeError as error:
                yield Row(place, fault=f"not UTF-8 ({error.reason})")
            else:
                yield Row(place, {"folder": folder.name, "solution": program})
    if empty:
        raise DataError(f"{path}: a folder of samples holds TASK/0.py, TASK/1.py, …; here are none")


def _number(file: Path) -> tuple[float, str]:
    return (int(file.stem) if file.stem.isdecimal() else float("inf"), file.name)


def _parsed(place: str, line: bytes) -> Row:
    try:
        return Row(place, jsonline.parse(line))
    except ValueError as error:
        return Row(place, fault=str(error))
