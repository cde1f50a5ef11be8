"""The one reader of rows: samples, problems and verdicts alike.

    JSON lines                     a row per line; read line by line
    a JSON list                    a row per item; read whole
    one JSON object                one row
    parquet                        a row per row

All but parquet may be in gzip. The content decides, never the file's name. Lines end in LF, CRLF
or CR. Thin layers give rows a meaning: ``sample_file`` reads samples,
``verdict_line`` reads verdicts, ``plugins.datasets.problem_rows`` makes problems, and
``json_lines_file`` follows a growing file.
"""

from __future__ import annotations

import codecs
import difflib
import gzip
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn, cast

from rltf.common import dataset_files, json_line
from rltf.dataset import DataError

LONGEST_LINE = 256 << 20
"""Bytes of one line of several."""

_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_HEAD = 512
"""Bytes that tell what a file is."""
_OTHERS = (
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "compressed with bzip2: unpack it, or use gzip"),
    (b"\xfd7zXZ\0", "compressed with xz: unpack it, or use gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it, or use gzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"SQLite format 3\0", "an SQLite database: export its rows as JSON lines"),
    (b"ARROW1\0", "an Arrow file: save it as JSON lines or parquet"),
    (b"\x93NUMPY", "a numpy array: save it as JSON lines"),
    (b"\x89HDF\r\n", "an HDF5 file: save it as JSON lines"),
)
"""What a file of another kind begins with, and what to do about it."""
_PICKLE = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
_TAR = slice(257, 262), b"ustar"
_UTF_32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OPENINGS = b'{["'
_BLANK = codecs.BOM_UTF8 + b" \t\r\n"


@dataclass(frozen=True)
class Row:
    """A value of a file, and where it was read."""

    position: str
    """Such as ``line 3``."""
    value: Any = None
    fault: str = ""
    """Why there is no value."""
    offset: int | None = None
    """Byte at which the line of a plain file starts; ``None`` where it cannot be read again."""

    def require_value(self) -> Any:
        """Return the value; ``ValueError`` says why there is none."""
        if self.fault:
            raise ValueError(self.fault)
        return self.value


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file, in order; :class:`DataError` for a file of another kind."""
    require_file(path)
    dataset_files.note(path)
    try:
        with path.open("rb") as file:
            start = file.read(len(_PARQUET))
        if start == _PARQUET:
            yield from _of_parquet(path)
            return
        is_plain = not start.startswith(_GZIP)
        with path.open("rb") if is_plain else gzip.open(path) as file:
            _refuse_others(path, cast(io.BufferedReader, file).peek(_HEAD))
            yield from _of_text(path, cast(io.BufferedReader, file), is_plain)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip file ({error})") from None
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None


def json_lines(file: BinaryIO) -> Iterator[Row]:
    """Yield the rows of an open file of JSON lines, which may grow meanwhile."""
    return _of_lines(_lines(cast(io.BufferedReader, file)), is_plain=True)


def row_at(path: Path, offset: int) -> Any:
    """Return the value of the row at this ``Row.offset``; :class:`DataError` where it is gone."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            _, _, row = next(_of_line(file.readline(), 0))
        return row.require_value()
    except (OSError, ValueError, StopIteration) as error:
        raise DataError(f"{path}: changed while it was in use ({error})") from None


def require_file(path: Path) -> None:
    """Raise :class:`DataError` for a path that is no regular file; it names the nearest one."""
    if path.is_file():
        return
    if path.is_dir():
        raise DataError(f"{path}: Is a directory; give a file")
    if path.exists():
        raise DataError(f"{path}: not a regular file; it is read more than once, so save it first")
    raise DataError(missing(path))


def missing(path: Path) -> str:
    """Return the message for a path that does not exist."""
    try:
        near = difflib.get_close_matches(path.name, os.listdir(path.parent), 1, 0.7)
    except OSError:
        near = []
    hint = f"; did you mean {path.parent / near[0]}?" if near else ""
    return f"{path}: No such file or directory{hint}"


# ---------------------------------------------------------------------- text


class _Line(NamedTuple):
    number: int
    offset: int
    data: bytes
    is_too_long: bool


def _of_text(path: Path, file: io.BufferedReader, is_plain: bool) -> Iterator[Row]:
    lines = _lines(file)
    first, second = next(lines, None), next(lines, None)
    if first is None:
        return
    if second is None and first.is_too_long and first.data.lstrip(_BLANK)[:1] in (b"[", b"{"):
        file.seek(0)  # all of the file is one line, which a document may be
        yield from _of_document(path, file.read())
    elif second is not None and _is_document(first, second):
        blank = [b"\n" * (first.number - 1), b"\n" * (second.number - first.number - 1)]
        content = b"".join((blank[0], first.data, blank[1], second.data, file.read()))
        yield from _of_document(path, content)
    else:
        line_rows = _of_lines(chain([first], [second] if second else [], lines), is_plain)
        yield from line_rows if second else _of_one_line(line_rows)


def _lines(file: io.BufferedReader) -> Iterator[_Line]:
    """Yield the lines that are not blank; of a line that is too long, the beginning."""
    number = offset = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        start, too_long = offset, False
        offset += len(line)
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST_LINE)
            offset += len(rest)
            too_long = too_long or bool(rest)
        if line.strip(_BLANK):
            yield _Line(number, start, line, too_long)


def _of_lines(lines: Iterable[_Line], is_plain: bool) -> Iterator[Row]:
    more = 0  # lines that end in CR alone
    for line in lines:
        number = line.number + more
        if line.is_too_long:
            fault = f"longer than {LONGEST_LINE >> 20} MiB"
            offset = line.offset if is_plain else None
            yield Row(f"line {number}", fault=fault, offset=offset)
            continue
        for piece_number, start, row in _of_line(line.data, number):
            more = piece_number - line.number
            yield replace(row, offset=line.offset + start) if is_plain else row


def _of_one_line(line_rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows of a file of one line, which may be a whole list."""
    only, *others = line_rows
    if others or not isinstance(only.value, list):
        yield from (only, *others)
    else:
        yield from _items(only.position, only.value)


def _of_line(line: bytes, number: int) -> Iterator[tuple[int, int, Row]]:
    """Yield number, first byte and row of a line; several where lines end in CR alone."""
    try:
        yield number, 0, Row(f"line {number}", json_line.parse(line))
        return
    except ValueError as error:
        fault = str(error)
    pieces = line.split(b"\r")  # JSON has no bare CR inside of a text
    if not line.endswith(b"\n") and len(pieces) == 1 and _ends_early(line):
        fault += "; the file ends in the middle of this line"
    elif "Extra data" in fault:
        fault += "; a line holds one value, and nothing after it"
    if not any(map(bytes.strip, pieces[1:])):
        yield number, 0, Row(f"line {number}", fault=fault)
        return
    offset = 0
    for piece_number, piece in enumerate(pieces, number):
        if piece.strip(_BLANK):
            for _, _, row in _of_line(piece, piece_number):
                yield piece_number, offset, row
        offset += len(piece) + 1


def _is_document(first: _Line, second: _Line) -> bool:
    """Return whether these lines begin one value over several lines, and not a value a line."""
    if first.is_too_long or not _is_open(first.data):
        return False
    try:
        is_row = isinstance(json_line.parse(second.data), dict | list)
    except ValueError:
        is_row = False
    return first.data.lstrip(_BLANK).startswith(b"[") or not is_row


def _is_open(data: bytes) -> bool:
    """Return whether the JSON is incomplete, and ends outside of a string."""
    error = _json_error(data)
    return error is not None and error.pos >= len(error.doc.rstrip())


def _ends_early(data: bytes) -> bool:
    error = _json_error(data)
    return error is not None and (
        error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated")
    )


def _json_error(data: bytes) -> json.JSONDecodeError | None:
    try:
        json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        return error
    except (ValueError, RecursionError):
        pass
    return None


def _of_document(path: Path, content: bytes) -> Iterator[Row]:
    try:
        document = json_line.parse(content)
    except ValueError as error:
        fault = str(error)
        if "Extra data" in fault:
            fault += "; write each value on a line of its own, or all of them as one list"
        elif _ends_early(content):
            fault += "; the file ends too early"
        raise DataError(f"{path}: {fault}") from None
    if isinstance(document, list):
        yield from _items("item 1", document)
    else:
        yield Row("item 1", document)


def _items(position: str, items: list[Any]) -> Iterator[Row]:
    """Yield the rows of a list; a list of strings is one row, as it is in JSON lines."""
    if items and all(isinstance(item, str) for item in items):
        yield Row(position, items)
        return
    for number, item in enumerate(items, 1):
        yield Row(f"item {number}", item)


# ---------------------------------------------------------------------- all else


def _of_parquet(path: Path) -> Iterator[Row]:
    from datasets import load_dataset

    try:
        table = load_dataset("parquet", data_files=str(path), split="train", streaming=True)
        for number, row in enumerate(table, 1):
            yield Row(f"row {number}", row)
    except Exception as error:  # whatever a damaged file makes pyarrow raise
        reason = str(error).strip().split("\n")[0]
        raise DataError(f"{path}: cannot read parquet ({type(error).__name__}: {reason})") from None


def _refuse_others(path: Path, head: bytes) -> None:
    """Raise :class:`DataError` for a file of a kind that holds no rows."""
    for magic, reason in _OTHERS:
        if head.startswith(magic):
            _refuse(path, reason)
    if head.startswith(_PARQUET):
        _refuse(path, "parquet inside of gzip: unpack it first")
    if head.startswith(_GZIP):
        _refuse(path, "compressed twice: unpack it once")
    if head.startswith(_PICKLE):
        _refuse(path, "a pickle, which may run code when it is read: save it as JSON lines")
    if head[_TAR[0]] == _TAR[1]:
        _refuse(path, "a tar archive: unpack it first")
    if head.startswith(_UTF_32):
        _refuse(path, "text in UTF-32: save it as UTF-8")
    has_zeros = len(head) > 1 and 0 in head[:2] and any(byte in _OPENINGS for byte in head[:2])
    if head.startswith(_UTF_16) or has_zeros:
        _refuse(path, "text in UTF-16: save it as UTF-8")


def _refuse(path: Path, reason: str) -> NoReturn:
    raise DataError(f"{path}: {reason}")
