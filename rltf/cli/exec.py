"""``rltf exec``: one program, in the sandbox."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from rltf import manager
from rltf.cli.executor_options import executor_option
from rltf.cli.require_layer import require_layer
from rltf.dataset import Dataset
from rltf.errors import DataError
from rltf.verdict import ProgramError, Verdict

if TYPE_CHECKING:
    from rltf.problem import Problem

_TESTS = 20
"""Lines of tests."""
_IDS = 5
"""Task ids in a message."""


@click.command("exec")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--stdin",
    type=click.File("rb"),
    help="File to use as the program's standard input; - for this command's own.  [empty]",
)
@click.option(
    "--tests",
    metavar="PROBLEM",
    help="Judge the program on a problem: a file with one problem, or FILE:TASK_ID.",
)
@executor_option
@require_layer
def execute(file: Path, stdin: BinaryIO | None, tests: str | None, executor: str) -> None:
    """Run a Python program in the sandbox.

    Prints the program's output unchanged. Exits with 0 if the program succeeded. Otherwise exits
    with 1 and prints one line that says why.

    With --tests, judges the program: prints the status of each test and the first failing test.
    Exits with 0 if all tests passed, and with 1 otherwise.
    """
    if tests is not None:
        if stdin is not None:
            raise click.UsageError("--tests gives the program its input: leave out --stdin.")
        _judge(file, _problem(tests), executor)
        return
    text = stdin.read().decode("utf-8", "surrogateescape") if stdin else ""
    program = _source(file)
    with manager.get("executor", executor, workers=1) as sandbox:
        result = sandbox.run(program, stdin=text)
    for output, err in ((result.stdout, False), (result.stderr, True)):
        click.echo(output.encode("utf-8", "surrogateescape"), nl=False, err=err)
    if result.status != "passed":
        raise click.ClickException(f"{file}: {result.status}{_where(result.error)}")


def _problem(named: str) -> Problem:
    """The problem that ``FILE`` or ``FILE:TASK_ID`` names; a file's name may hold colons too."""
    from rltf.samples.row_file import missing
    from rltf.samples.task_lookup import DatasetTasks

    cuts = [len(named), *(place for place, sign in enumerate(named) if sign == ":")]
    path = next((named[:cut] for cut in cuts if Path(named[:cut]).is_file()), None)
    if path is None:
        place = Path(named.partition(":")[0])
        reason = (
            f"{place}: Is a directory; give a file" if named and place.is_dir() else missing(place)
        )
        raise DataError(reason if named else "--tests names no problem file")
    dataset: Dataset = manager.get("dataset", "file", path=path)
    if task_id := named[len(path) + 1 :]:
        try:
            return DatasetTasks(dataset).named(task_id)
        except ValueError as error:
            raise DataError(f"{path}: {error}") from None
    problems = dataset.problems()
    if len(problems) > 1:
        ids = ", ".join(problem.task_id for problem in problems[:_IDS])
        more = ", …" if len(problems) > _IDS else ""
        raise DataError(
            f"{path}: holds {len(problems)} problems; give {path}:TASK_ID, one of {ids}{more}"
        )
    return problems[0]


def _judge(file: Path, problem: Problem, executor: str) -> None:
    from rltf.explain.failure import explain

    program = _source(file)
    with manager.get("executor", executor, workers=1) as sandbox:
        verdict = sandbox.judge(problem, program)
        shown = [] if verdict.passed else explain(sandbox, problem, program, verdict)
    for line in _statuses(verdict):
        click.echo(line)
    if shown:
        click.echo("\n".join(["", *shown, ""]))
    passed = sum(test.passed for test in verdict.tests)
    told = f"{passed} of {len(problem.tests)} tests passed"
    if not verdict.passed:
        raise click.ClickException(f"{file}: {verdict.status}, {told}")
    click.echo(told)


def _statuses(verdict: Verdict) -> list[str]:
    """A line a test; of many, only those that did not pass."""
    numbered = list(enumerate(verdict.tests, 1))
    if len(numbered) > _TESTS:
        numbered = [(number, test) for number, test in numbered if not test.passed]
    lines = [
        f"test {number}: {test.status}  {test.cpu_s:.2f} s" for number, test in numbered[:_TESTS]
    ]
    rest = len(numbered) - _TESTS
    return [*lines, f"… and {rest} more that did not pass"] if rest > 0 else lines


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
