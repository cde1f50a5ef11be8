"""The ``rltf`` command line: one file per command, and the commands of plugins.

A command is imported when it is used. It imports heavy modules (torch, the sandbox) when it runs,
so that every ``--help`` is fast. See :mod:`rltf.cli.error_output` for how a command fails.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Any, TextIO

import click

import rltf
from rltf import manager
from rltf.cli import error_output
from rltf.common.did_you_mean import nearest
from rltf.errors import PluginWarning

COMMANDS = {
    "run": "rltf.cli.run:run",
    "show": "rltf.cli.show:show",
    "report": "rltf.cli.report:report",
    "bench": "rltf.cli.bench:bench",
    "score": "rltf.cli.score:score",
    "compare": "rltf.cli.compare:compare",
    "convert": "rltf.cli.convert:convert",
    "critic": "rltf.cli.critic:critic",
    "audit": "rltf.cli.audit:audit",
    "augment": "rltf.cli.augment:augment",
    "exec": "rltf.cli.exec:execute",
    "serve": "rltf.cli.serve:serve",
    "plugins": "rltf.cli.plugins:plugins",
    "doctor": "rltf.cli.doctor:doctor",
}
"""Built-in command to the module and name of its ``click.Command``."""


class CommandLine(click.Group):
    """A group that finds built-in commands by name, and loads the plugins for other commands."""

    _has_plugin_commands = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._add_plugin_commands()
        return [*COMMANDS, *sorted(self.commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module, _, attribute = COMMANDS[cmd_name].partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        self._add_plugin_commands()
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = nearest(args[0], self.list_commands(ctx)) or "."
            ctx.fail(f"No such command {args[0]!r}{near}")
        return super().resolve_command(ctx, args)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a plugin's command; raise an error if another command has the same name."""
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
        # before torch is imported: threads that spin while they wait keep others from the cores
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        # an interpreter that ends looks for garbage in all of torch, which takes a second or two
        atexit.unregister(gc.freeze)
        atexit.register(gc.freeze)
        try:
            with _handling_sigterm():
                sys.exit(super().main(*args, **kwargs | {"standalone_mode": False}) or 0)
        except (Exception, KeyboardInterrupt) as error:
            message, exit_code = error_output.explain(error)
        click.echo(message, err=True)
        sys.exit(exit_code)

    def _add_plugin_commands(self) -> None:
        if not self._has_plugin_commands:
            self._has_plugin_commands = True
            manager.add_commands(self)


def _load_plugins(ctx: click.Context, param: click.Parameter, files: Sequence[str]) -> None:
    """Load plugin files before the command is looked up: one of them may define it."""
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


@contextmanager
def _handling_sigterm() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does, so that files are closed and work is saved."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise error_output.Terminated


def _open_standard_streams() -> None:
    """Open /dev/null for a closed stdin, stdout or stderr: no other file may get its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


class _StderrHandler(logging.Handler):
    """Prints the library's log messages on stderr, above the progress bar if there is one."""

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
    """Show a warning about a plugin in one line, and other warnings in Python's format."""
    if issubclass(category, PluginWarning):
        text = f"rltf: warning: {message}\n"
    else:
        text = warnings.formatwarning(message, category, filename, lineno, line)
    (file or sys.stderr).write(text)
