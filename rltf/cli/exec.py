"""``rltf exec``: one program, in the sandbox."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path
from typing import BinaryIO

import click

from rltf import manager
from rltf.cli.executor import executor_option
from rltf.cli.layers import require_layer
from rltf.verdict import ProgramError


@click.command("exec")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--stdin",
    type=click.File("rb"),
    help="The program's standard input (- for ours); empty without it.",
)
@executor_option
@require_layer
def execute(file: Path, stdin: BinaryIO | None, executor: str) -> None:
    """Run a Python program in the sandbox.

    Its output is printed as it is. Exits with 0 when the program ended well, and with 1 and a line
    that says why when it did not.
    """
    text = stdin.read().decode("utf-8", "surrogateescape") if stdin else ""
    program = _source(file)
    with manager.get("executor", executor, workers=1) as sandbox:
        result = sandbox.run(program, stdin=text)
    for output, err in ((result.stdout, False), (result.stderr, True)):
        click.echo(output.encode("utf-8", "surrogateescape"), nl=False, err=err)
    if result.status != "passed":
        raise click.ClickException(f"{file}: {result.status}{_where(result.error)}")


def _source(file: Path) -> str:
    """The program's text, decoded as Python does it: by its coding line, else as UTF-8."""
    data = io.BytesIO(file.read_bytes())  # a pipe cannot be read twice
    try:
        encoding, _ = tokenize.detect_encoding(data.readline)
        data.seek(0)
        return io.TextIOWrapper(data, encoding).read()
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise click.ClickException(f"{file}: syntax_error, cannot be decoded: {error}") from None


def _where(error: ProgramError | None) -> str:
    if error is None:
        return ""
    line = f" in line {error.line}" if error.line is not None else ""
    message = f": {error.message}" if error.message else ""
    return f", {error.type}{line}{message}"
