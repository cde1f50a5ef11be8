"""What a command writes: a file that takes its name when it is whole."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import io
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO, cast

import click

from rltf.common.folders import names_file, read_json, write_json
from rltf.common.schema import SCHEMA
from rltf.errors import Refused


@contextmanager
def writing(out: Path | None, *read: Path | str | None, keep_part: bool = True) -> Iterator[TextIO]:
    """The file to write to, in gzip where its name ends in .gz; stdout without one.

    Args:
        read: Files that are read, none of which it may be.
        keep_part: After an error, keep what has been written, as ``OUT.part``.
    """
    if out is None:
        try:
            yield _named(sys.stdout, "standard output")
            with names_file("standard output"):
                sys.stdout.flush()
        except OSError:
            _give_up(sys.stdout)
            raise
        return
    part = _part(out, read)
    with _claimed(part, out) as claimed:
        _empty(claimed)
        try:
            file = _text(claimed, out.name.endswith(".gz"))
            try:
                yield _named(file, out)
            finally:
                with names_file(out):
                    file.close()
            os.replace(part, out)
        except BaseException:
            if not keep_part or part.stat().st_size == 0:
                part.unlink()
            raise


class Lines(Protocol):
    """Where a command writes lines, which an earlier run of it may have begun to do."""

    def kept(self) -> Iterator[dict[str, Any]]:
        """The lines of the earlier run; to be read before anything is written."""
        ...

    def write(self, line: str) -> None:
        """Add a line."""
        ...


class _Printed:
    """Lines on their way to stdout."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def kept(self) -> Iterator[dict[str, Any]]:
        return iter(())

    def write(self, line: str) -> None:
        self._file.write(f"{line}\n")


class _Kept:
    """Lines on their way to a file, each of them on the disk as soon as it is written."""

    def __init__(self, part: Path, file: io.FileIO) -> None:
        self._part = part
        self._file = file
        self.count = 0
        """Lines that there are, those of an earlier run among them."""

    def kept(self) -> Iterator[dict[str, Any]]:
        """The whole lines of the earlier run; what follows them is cut off."""
        if not _is_regular(self._file):
            return
        whole = 0
        with self._part.open("rb") as file:
            while line := file.readline():
                try:
                    value = json.loads(line)
                except ValueError:
                    break
                if not line.endswith(b"\n") or not isinstance(value, dict):
                    break
                whole += len(line)
                self.count += 1
                yield value
        self._file.truncate(whole)

    def write(self, line: str) -> None:
        data = memoryview(f"{line}\n".encode())
        with names_file(self._part):
            while data:
                data = data[self._file.write(data) or 0 :]
        self.count += 1


@contextmanager
def continuing(out: Path | None, identity: str, *read: Path | str | None) -> Iterator[Lines]:
    """A file of lines that a command continues when it was interrupted; stdout without one.

    It is in gzip where its name ends in .gz. Until it is whole it is ``OUT.part``, and beside it
    ``OUT.part.json`` says what it is of.

    Args:
        identity: Says all that decides the lines. Those of another are not kept.
        read: Files that are read, none of which it may be.
    """
    if out is None:
        with writing(None) as file:
            yield _Printed(file)
        return
    part = _part(out, read)
    about = part.with_name(f"{part.name}.json")
    with _claimed(part, out) as claimed:
        lines = _Kept(part, claimed)
        try:
            if os.fstat(claimed.fileno()).st_size and not _is_of(about, identity):
                click.echo(f"rltf: {part} is of other samples or options: starting over", err=True)
                _empty(claimed)
            if not about.exists() or not _is_of(about, identity):
                write_json(about, {"schema": SCHEMA, "identity": identity})
            yield lines
            if out.name.endswith(".gz"):
                _compress(part, out)
                part.unlink()
            else:
                os.replace(part, out)
            about.unlink()
        except BaseException as error:
            if not lines.count:
                for unused in (part, about):
                    unused.unlink(missing_ok=True)
            elif isinstance(error, KeyboardInterrupt | OSError):
                error.add_note(f"run the same command again: {part} keeps {lines.count} lines")
            else:
                click.echo(
                    f"rltf: {part} keeps {lines.count} lines; run the same command again to continue",
                    err=True,
                )
            raise


def _is_of(about: Path, identity: str) -> bool:
    with contextlib.suppress(ValueError):
        return (read_json(about, ValueError) or {}).get("identity") == identity
    return False


def _part(out: Path, read: tuple[Path | str | None, ...]) -> Path:
    """Where the file is written until it is whole; an error where it must not be written at all."""
    if out.exists() and not out.is_file():
        raise Refused(f"cannot write {out}: it is there, and is not a regular file.")
    for source in read:
        if source and out.exists() and Path(source).exists() and out.samefile(source):
            raise Refused(f"cannot write {out}: it is the file that is read.")
    return out.with_name(f"{out.name}.part")


@contextmanager
def _claimed(part: Path, out: Path) -> Iterator[io.FileIO]:
    """The file, open at its end, for this process alone."""
    while True:
        try:
            file = part.open("ab", buffering=0)
        except OSError as error:
            raise Refused(f"cannot write {out}: {error.strerror}.") from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused(f"cannot write {out}: another process is writing it.") from None
            except OSError as error:
                raise Refused(f"cannot lock {part}: {error.strerror}.") from None
            if _is_at(file, part):
                yield file
                return
        # its last writer has just given it its name


def _is_at(file: io.FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _is_regular(file: io.FileIO) -> bool:
    return stat.S_ISREG(os.fstat(file.fileno()).st_mode)


def _empty(file: io.FileIO) -> None:
    if _is_regular(file):
        file.truncate(0)


def _text(file: io.FileIO, is_gzip: bool) -> TextIO:
    """Text that goes to a file. Closing it leaves the file open, and so claimed."""
    own = os.fdopen(os.dup(file.fileno()), "ab")
    binary = _Gzip(own) if is_gzip else own
    return io.TextIOWrapper(binary, encoding="utf-8")


class _Gzip(gzip.GzipFile):
    """Closes the file that it writes to."""

    def __init__(self, file: io.BufferedWriter) -> None:
        self._own = file
        super().__init__(filename="", mode="wb", fileobj=file)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._own.close()


def _compress(part: Path, out: Path) -> None:
    """Write the lines in gzip."""
    packed = out.with_name(f"{out.name}.part.gz")
    try:
        with part.open("rb") as lines, gzip.open(packed, "wb") as file:
            shutil.copyfileobj(lines, file)
    except BaseException:
        packed.unlink(missing_ok=True)
        raise
    os.replace(packed, out)


class _Named:
    """A file whose failure to write names it."""

    def __init__(self, file: TextIO, name: Path | str) -> None:
        self._file = file
        self._name = name

    def write(self, text: str) -> int:
        with names_file(self._name):
            return self._file.write(text)


def _named(file: TextIO, name: Path | str) -> TextIO:
    return cast(TextIO, _Named(file, name))


def _give_up(file: TextIO) -> None:
    """Write what can be written; what cannot, on a full disk, must not be tried again at the end."""
    try:
        file.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
