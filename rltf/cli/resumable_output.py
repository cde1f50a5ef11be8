"""The output file of a command, which gets its name when it is complete."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO, cast

import click

from rltf.common.file_writes import lock, name_in_errors, put_in_place, read_json, write_json
from rltf.common.schema import SCHEMA
from rltf.errors import Refused
from rltf.samples.json_lines_file import LineFile


@contextmanager
def writing(
    out: Path | None, *sources: Path | str | None, keep_part: bool = True
) -> Iterator[TextIO]:
    """Open the output file of a command, compressed if its name ends in .gz; without a file,
    stdout.

    Args:
        sources: Files that the command reads; ``out`` must not be one of them.
        keep_part: After an error, keep the incomplete file as ``OUT.part``.
    """
    if out is None:
        try:
            yield _named(sys.stdout, "standard output")
            with name_in_errors("standard output"):
                sys.stdout.flush()
        except OSError:
            _flush_or_drop(sys.stdout)
            raise
        return
    part = _part_of(out, sources)
    with _locked(part, out) as locked:
        _empty(locked)
        try:
            file = _text_file(locked, out.name.endswith(".gz"))
            try:
                yield _named(file, out)
            finally:
                with name_in_errors(out):
                    file.close()
            put_in_place(part, out)
        except BaseException:
            # the file may have its final name already, if the folder could not be synced
            if not keep_part or os.fstat(locked.fileno()).st_size == 0:
                part.unlink(missing_ok=True)
            raise


class Lines(Protocol):
    """The output lines of a command, some of which an interrupted run may have written."""

    def kept(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of the interrupted run; read them before anything is written."""
        ...

    def write(self, line: str) -> None:
        """Add a line."""
        ...


class _PrintedLines:
    """Lines that go to stdout."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def kept(self) -> Iterator[dict[str, Any]]:
        return iter(())

    def write(self, line: str) -> None:
        self._file.write(f"{line}\n")


class _PartLines:
    """Lines that are written to a file immediately."""

    def __init__(self, file: LineFile) -> None:
        self._file = file

    def kept(self) -> Iterator[dict[str, Any]]:
        return self._file.whole_lines()

    def write(self, line: str) -> None:
        self._file.append_text(f"{line}\n")


@contextmanager
def continuing(out: Path | None, identity: str, *sources: Path | str | None) -> Iterator[Lines]:
    """Open a file of lines, or continue the file of an interrupted command; without a file, stdout.

    The file is compressed if its name ends in .gz. Until it is complete, its name is ``OUT.part``,
    and ``OUT.part.json`` beside it holds the identity of its lines.

    Args:
        identity: Digest of everything that determines the lines. Lines with another identity are
            dropped.
        sources: Files that the command reads; ``out`` must not be one of them.
    """
    if out is None:
        with writing(None) as file:
            yield _PrintedLines(file)
        return
    part = _part_of(out, sources)
    identity_file = part.with_name(f"{part.name}.json")
    with _locked(part, out) as locked:
        part_file = LineFile(part, ValueError, locked)
        try:
            is_same = _has_identity(identity_file, identity)
            if os.fstat(locked.fileno()).st_size and not is_same:
                click.echo(f"rltf: {part} is of other samples or options: starting over", err=True)
                _empty(locked)
            if not is_same:
                write_json(identity_file, {"schema": SCHEMA, "identity": identity})
            yield _PartLines(part_file)
            if out.name.endswith(".gz"):
                _compress(part, out)
                part.unlink()
            else:
                put_in_place(part, out)
            identity_file.unlink()
        except BaseException as error:
            if not _is_at(locked, part):  # it has its final name
                identity_file.unlink(missing_ok=True)
                if isinstance(error, KeyboardInterrupt | OSError):
                    error.add_note(f"{out} is complete")
                raise
            # counted in the file: a signal may come between the writing of a line and its counting
            kept = part_file.line_count()
            if not kept:
                for unused in (part, identity_file):
                    unused.unlink(missing_ok=True)
            elif isinstance(error, KeyboardInterrupt | OSError):
                error.add_note(f"run the same command again: {part} keeps {kept} lines")
            else:
                click.echo(
                    f"rltf: {part} keeps {kept} lines; run the same command again to continue",
                    err=True,
                )
            raise


def _has_identity(file: Path, identity: str) -> bool:
    with contextlib.suppress(ValueError):
        return (read_json(file, ValueError) or {}).get("identity") == identity
    return False


def _part_of(out: Path, sources: tuple[Path | str | None, ...]) -> Path:
    """Return the name of the incomplete file; refuse an output file that must not be written."""
    if out.exists() and not out.is_file():
        raise Refused(f"cannot write {out}: it is there, and is not a regular file.")
    for source in sources:
        if source and out.exists() and Path(source).exists() and out.samefile(source):
            raise Refused(f"cannot write {out}: it is the file that is read.")
    return out.with_name(f"{out.name}.part")


@contextmanager
def _locked(part: Path, out: Path) -> Iterator[io.FileIO]:
    """Open a file for appending, and lock it for this process."""
    while True:
        try:
            file = part.open("a+b", buffering=0)
        except FileNotFoundError:
            raise Refused(f"cannot write {out}: there is no folder {out.parent}.") from None
        except OSError as error:
            raise Refused(f"cannot write {out}: {error.strerror}.") from None
        with file:
            try:
                is_free = lock(file.fileno())
            except OSError as error:
                raise Refused(f"cannot lock {part}: {error.strerror}.") from None
            if not is_free:
                raise Refused(f"cannot write {out}: another process is writing it.")
            if _is_at(file, part):
                yield file
                return
        # The process that held the lock has just renamed the file: try again.


def _is_at(file: io.FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _empty(file: io.FileIO) -> None:
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.truncate(0)


def _text_file(file: io.FileIO, is_gzip: bool) -> TextIO:
    """Open a text file over ``file``. Closing it leaves ``file`` open and locked."""
    copy = os.fdopen(os.dup(file.fileno()), "ab")
    binary = _GzipFile(copy) if is_gzip else copy
    return io.TextIOWrapper(binary, encoding="utf-8")


class _GzipFile(gzip.GzipFile):
    """A gzip file that closes the file it writes to."""

    def __init__(self, file: io.BufferedWriter) -> None:
        self._packed = file
        super().__init__(filename="", mode="wb", fileobj=file)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._packed.close()


def _compress(part: Path, out: Path) -> None:
    """Write the lines to a compressed file."""
    packed = out.with_name(f"{out.name}.part.gz")
    try:
        with part.open("rb") as lines, gzip.open(packed, "wb") as file:
            shutil.copyfileobj(lines, file)
        put_in_place(packed, out)
    except BaseException:
        packed.unlink(missing_ok=True)
        raise


class _NamedFile:
    """A text file whose errors contain its name."""

    def __init__(self, file: TextIO, name: Path | str) -> None:
        self._file = file
        self._name = name

    def write(self, text: str) -> int:
        with name_in_errors(self._name):
            return self._file.write(text)


def _named(file: TextIO, name: Path | str) -> TextIO:
    return cast(TextIO, _NamedFile(file, name))


def _flush_or_drop(file: TextIO) -> None:
    """Flush the file; if that fails, send the rest to /dev/null so that Python exits quietly."""
    try:
        file.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
