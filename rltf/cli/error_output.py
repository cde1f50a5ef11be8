"""How a command fails or is interrupted: what it prints to stderr, and its exit code.

Errors of rltf bring their own exit code (see :mod:`rltf.errors`), and so do click's. A command that
was interrupted exits as a shell expects: 130 after Ctrl-C, 143 after SIGTERM.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import click

from rltf.common.file_writes import is_full
from rltf.errors import RltfError

TRACEBACK = "RLTF_TRACEBACK"
"""Environment variable: if it is set, an unexpected error shows its traceback."""

_UNWRITABLE = (errno.EROFS, errno.EACCES, errno.EIO)


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived. It unwinds the stack as Ctrl-C does."""


@contextmanager
def resumable(how: str) -> Iterator[None]:
    """Tell the user how to resume if the command is interrupted or a file cannot be written.

    Args:
        how: A clause such as "rerun the same command to continue".
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        stop.add_note(how)
        raise
    except OSError as error:
        if is_full(error) or error.errno in _UNWRITABLE:
            error.add_note(how)
        raise


def explain(error: Exception | KeyboardInterrupt) -> tuple[str, int]:
    """Return the message for an error, and the exit code.

    An error that nobody expected is raised again if RLTF_TRACEBACK is set.
    """
    match error:
        case RltfError():
            text, exit_code = str(error), error.exit_code
        case click.exceptions.NoArgsIsHelpError():
            return error.ctx.get_help() if error.ctx else "", error.exit_code
        case click.ClickException():
            text, exit_code = error.format_message() + _help_hint(error), error.exit_code
        case click.Abort() | KeyboardInterrupt():
            text, exit_code = _interruption(error)
        case BrokenPipeError():
            _close_stdout()
            sys.exit(1)
        case OSError():
            text, exit_code = _os_error(error)
        case _:
            text, exit_code = _unexpected(error), 1
    return f"rltf: {text}", exit_code


def _help_hint(error: click.ClickException) -> str:
    """Point to ``--help`` where the call itself is wrong, rather than a value in it."""
    is_bad_value = isinstance(error, click.BadParameter)
    is_missing = isinstance(error, click.MissingParameter)
    if not isinstance(error, click.UsageError) or (is_bad_value and not is_missing):
        return ""
    return f" Try '{error.ctx.command_path if error.ctx else 'rltf'} --help'."


def _interruption(error: BaseException) -> tuple[str, int]:
    # click raises its own Abort from a KeyboardInterrupt
    cause = error if isinstance(error, KeyboardInterrupt) else error.__cause__ or error
    return "; ".join(["stopped", *_notes(cause)]), 143 if isinstance(cause, Terminated) else 130


def _close_stdout() -> None:
    """Send what is left in the buffer to /dev/null: nobody reads standard output any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _os_error(error: OSError) -> tuple[str, int]:
    if isinstance(error, FileNotFoundError) and not os.stat(os.curdir).st_nlink:
        return "the current folder has been deleted: change to another one", 2
    if error.filename is None and _was_printing(error):
        error.filename = "standard output"
    if not (is_full(error) and error.filename):
        return "; ".join([str(error), *_notes(error)]), 1
    steps = ["free some space", *(_notes(error) or ["run the command again"])]
    return f"cannot write {error.filename}: {error.strerror}; {', then '.join(steps)}", 1


def _was_printing(error: OSError) -> bool:
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code is click.echo.__code__


def _unexpected(error: BaseException) -> str:
    if os.environ.get(TRACEBACK):
        raise error
    notes = "".join(f" ({note})" for note in _notes(error))
    return (
        f"{type(error).__name__}: {error}{notes}\n"
        f"This is a fault of rltf or of a plugin; {TRACEBACK}=1 shows where."
    )


def _notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])
