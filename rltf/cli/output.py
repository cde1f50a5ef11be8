"""What a command writes: a file that takes its name when it is whole."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

from rltf.cli.errors import Refused
from rltf.folders import names_file


@contextmanager
def writing(out: Path | None, *read: Path | str | None) -> Iterator[TextIO]:
    """The file to write to, in gzip where its name ends in .gz; stdout without one.

    It is none of those that are ``read``.
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
    if out.exists() and not out.is_file():
        raise Refused(f"cannot write {out}: it is there, and is not a regular file.")
    for source in read:
        if source and out.exists() and Path(source).exists() and out.samefile(source):
            raise Refused(f"cannot write {out}: it is the file that is read.")
    part = out.with_name(f"{out.name}.part")
    try:
        opened = gzip.open if out.name.endswith(".gz") else open
        file = cast(TextIO, opened(part, "wt", encoding="utf-8"))
    except OSError as error:
        raise Refused(f"cannot write {out}: {error.strerror}.") from None
    try:
        try:
            yield _named(file, out)
        finally:
            with names_file(out):
                file.close()
    except BaseException:
        if part.stat().st_size == 0:
            part.unlink()
        raise
    os.replace(part, out)


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
