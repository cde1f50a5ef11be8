"""The ``rltf`` command line: a file a command, and whatever plugins add.

A command is imported when it is asked for, and imports what is heavy (torch, the sandbox) when it
runs, so that every ``--help`` is quick. Whatever goes wrong is one or two lines on stderr: exit 2
for what the user can put right in the call or the data, 1 where the work failed.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn, TextIO

import click

import rltf
from rltf import manager
from rltf.cli import stopping
from rltf.dataset import DataError

COMMANDS = {
    "run": "rltf.cli.run:run",
    "bench": "rltf.cli.bench:bench",
    "score": "rltf.cli.score:score",
    "convert": "rltf.cli.convert:convert",
    "critic": "rltf.cli.critic:critic",
    "augment": "rltf.cli.augment:augment",
    "exec": "rltf.cli.exec:execute",
    "plugins": "rltf.cli.plugins:plugins",
    "doctor": "rltf.cli.doctor:doctor",
}
"""Built-in command to the module and name of its ``click.Command``."""

TRACEBACK = "RLTF_TRACEBACK"
"""Environment variable that shows the traceback of an error of our own."""


class CommandLine(click.Group):
    """A group that finds built-in commands by name and then asks the plugins."""

    _asked_plugins = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._ask_plugins()
        return [*COMMANDS, *sorted(self.commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module, _, attribute = COMMANDS[cmd_name].partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        self._ask_plugins()
        return super().get_command(ctx, cmd_name)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a plugin's command; a name that is taken is an error of that plugin."""
        name = name or cmd.name
        if name in COMMANDS or name in self.commands:
            raise click.ClickException(f"there is a command {name!r} already")
        super().add_command(cmd, name)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line and exit with 0, 1 or 2; errors become lines on stderr."""
        _open_standard_streams()
        warnings.showwarning = _show_warning
        logging.getLogger("rltf").handlers = [_StderrHandler()]
        sys.set_int_max_str_digits(0)  # problems and programs hold integers of any length
        kwargs["standalone_mode"] = False
        try:
            with stopping.handling_sigterm():
                sys.exit(super().main(*args, **kwargs) or 0)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help() if error.ctx else "", err=True)
            sys.exit(2)
        except click.UsageError as error:
            hint = ""
            if not isinstance(error, click.BadParameter) or isinstance(
                error, click.MissingParameter
            ):
                hint = f" Try '{error.ctx.command_path if error.ctx else 'rltf'} --help'."
            _fail(f"{error.format_message()}{hint}", 2)
        except click.ClickException as error:
            _fail(error.format_message(), error.exit_code)
        except (manager.PluginError, DataError) as error:
            _fail(str(error), 2)
        except (click.Abort, KeyboardInterrupt) as stop:
            _fail(*stopping.stopped(stop))
        except BrokenPipeError:
            # Whoever read our output has seen enough; nothing is left to flush it to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except OSError as error:
            _name_stdout(error)
            if isinstance(error, FileNotFoundError) and not os.stat(os.curdir).st_nlink:
                _fail("the current folder has been deleted: change to another one", 2)
            _fail(stopping.failed(error), 1)
        except Exception as error:
            from rltf.sandbox import SandboxError

            if isinstance(error, SandboxError):
                _fail(str(error), 1)
            if os.environ.get(TRACEBACK):
                raise
            notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
            _fail(
                f"{type(error).__name__}: {error}{notes}\n"
                f"This is a fault of rltf or of a plugin; {TRACEBACK}=1 shows where.",
                1,
            )

    def _ask_plugins(self) -> None:
        if not self._asked_plugins:
            self._asked_plugins = True
            manager.add_commands(self)


def _load_plugins(ctx: click.Context, param: click.Parameter, files: Sequence[str]) -> None:
    """Before the command is looked up, which one of the files may bring."""
    for file in files:
        manager.load_file(file)


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(rltf.__version__, prog_name="rltf")
@click.option(
    "--plugin",
    multiple=True,
    is_eager=True,
    expose_value=False,
    callback=_load_plugins,
    metavar="FILE.py",
    help="Load a plugin from a Python file. Repeatable.",
)
def main() -> None:
    """Reinforcement learning from unit test feedback."""


def _open_standard_streams() -> None:
    """Give a closed stdin, stdout or stderr to /dev/null: a file opened later must not take its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def _name_stdout(error: OSError) -> None:
    """Name standard output in an error that came of printing."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    if error.filename is None and frame.f_code is click.echo.__code__:
        error.filename = "standard output"


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"rltf: {message}", err=True)
    sys.exit(code)


class _StderrHandler(logging.Handler):
    """Shows what the library logs as lines of the command, beside a progress bar if there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        line = f"rltf: {record.getMessage()}"
        tqdm = sys.modules.get("tqdm")
        if tqdm is None:
            click.echo(line, err=True)
        else:
            tqdm.tqdm.write(line, file=sys.stderr)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Warnings about plugins in one line; others as Python writes them."""
    if issubclass(category, manager.PluginWarning):
        text = f"rltf: warning: {message}\n"
    else:
        text = warnings.formatwarning(message, category, filename, lineno, line)
    (file or sys.stderr).write(text)
