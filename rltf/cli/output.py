"""What a command writes: a file that takes its name when it is whole."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

import click


@contextmanager
def writing(out: Path | None, *read: Path | str | None) -> Iterator[TextIO]:
    """The file to write to, in gzip where its name ends in .gz; stdout without one.

    It is none of those that are ``read``.
    """
    if out is None:
        try:
            yield sys.stdout
            sys.stdout.flush()
        except OSError:
            _give_up(sys.stdout)
            raise
        return
    if out.exists() and not out.is_file():
        raise click.UsageError(f"cannot write {out}: it is there, and is not a regular file.")
    for source in read:
        if source and out.exists() and Path(source).exists() and out.samefile(source):
            raise click.UsageError(f"cannot write {out}: it is the file that is read.")
    part = out.with_name(f"{out.name}.part")
    try:
        opened = gzip.open if out.name.endswith(".gz") else open
        file = cast(TextIO, opened(part, "wt", encoding="utf-8"))
    except OSError as error:
        raise click.UsageError(f"cannot write {out}: {error.strerror}.") from None
    try:
        with file:
            yield file
    except BaseException:
        if part.stat().st_size == 0:
            part.unlink()
        raise
    os.replace(part, out)


def _give_up(file: TextIO) -> None:
    """Write what can be written; what cannot, on a full disk, must not be tried again at the end."""
    try:
        file.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
