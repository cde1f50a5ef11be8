"""``rltf exec``: run or judge one program in the sandbox."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from rltf import manager
from rltf.cli.sandbox_options import (
    executor_option,
    judging_option,
    judging_options,
    require_layer,
)
from rltf.dataset import Dataset
from rltf.errors import DataError
from rltf.verdict import JudgingChoice, ProgramError, TestOutcome, Verdict

if TYPE_CHECKING:
    from rltf.problem import Problem

_MAX_TEST_LINES = 20
_MAX_IDS = 5
"""Maximum number of task ids in a message."""


@click.command("exec")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--stdin",
    type=click.File("rb"),
    help="File to use as the program's standard input; - for this command's own.  [default: empty]",
)
@click.option(
    "--tests",
    metavar="PROBLEM",
    help="Judge the program on a problem: a file with one problem, or FILE:TASK_ID.",
)
@judging_option
@executor_option
@require_layer
def execute(
    file: Path,
    stdin: BinaryIO | None,
    tests: str | None,
    judging: JudgingChoice | None,
    executor: str,
) -> None:
    """Run a Python program in the sandbox.

    Prints the program's output unchanged. Exits with 0 if the program succeeded. Otherwise exits
    with 1 and prints one line that says why.

    With --tests, judges the program: prints the status of each test and the first failing test.
    Exits with 0 if all tests passed, and with 1 otherwise.
    """
    if tests is not None:
        if stdin is not None:
            raise click.UsageError("--tests gives the program its input: leave out --stdin.")
        _judge(file, _problem(tests), executor, judging)
        return
    if judging is not None:
        raise click.UsageError("--judging is for tests: give --tests too.")
    text = stdin.read().decode("utf-8", "surrogateescape") if stdin else ""
    program = _source(file)
    with manager.get("executor", executor, workers=1) as sandbox:
        result = sandbox.run(program, stdin=text)
    for output, err in ((result.stdout, False), (result.stderr, True)):
        click.echo(output.encode("utf-8", "surrogateescape"), nl=False, err=err)
    if result.status != "passed":
        raise click.ClickException(f"{file}: {result.status}{_where(result.error)}")


def _problem(reference: str) -> Problem:
    """Return the problem of ``FILE`` or ``FILE:TASK_ID``; the file's name may hold colons."""
    from rltf.samples.row_file import missing
    from rltf.samples.task_lookup import DatasetTasks

    if not reference:
        raise DataError("--tests names no problem file")
    colons = [index for index, character in enumerate(reference) if character == ":"]
    candidates = [reference[:end] for end in (len(reference), *colons)]
    path = next((candidate for candidate in candidates if Path(candidate).is_file()), None)
    if path is None:
        file = Path(reference.partition(":")[0])
        raise DataError(f"{file}: Is a directory; give a file" if file.is_dir() else missing(file))
    dataset: Dataset = manager.get("dataset", "file", path=path)
    if task_id := reference[len(path) + 1 :]:
        try:
            return DatasetTasks(dataset).named(task_id)
        except ValueError as error:
            raise DataError(f"{path}: {error}") from None
    problems = dataset.problems()
    if len(problems) > 1:
        ids = ", ".join(problem.task_id for problem in problems[:_MAX_IDS])
        more = ", …" if len(problems) > _MAX_IDS else ""
        raise DataError(
            f"{path}: holds {len(problems)} problems; give {path}:TASK_ID, one of {ids}{more}"
        )
    return problems[0]


def _judge(file: Path, problem: Problem, executor: str, judging: JudgingChoice | None) -> None:
    from rltf.explain.failure import explain

    program = _source(file)
    options = judging_options(executor, judging)
    with manager.get("executor", executor, workers=1, **options) as sandbox:
        verdict = sandbox.judge(problem, program)
        explanation = [] if verdict.passed else explain(sandbox, problem, program, verdict)
    for line in _status_lines(verdict):
        click.echo(line)
    if explanation:
        click.echo("\n".join(["", *explanation, ""]))
    passed = sum(test.passed for test in verdict.tests)
    summary = f"{passed} of {len(problem.tests)} tests passed"
    if not verdict.passed:
        raise click.ClickException(f"{file}: {verdict.status}, {summary}")
    click.echo(summary)


def _status_lines(verdict: Verdict) -> list[str]:
    """Return one line per test; if there are many tests, only for those that did not pass."""
    numbered = list(enumerate(verdict.tests, 1))
    if len(numbered) > _MAX_TEST_LINES:
        numbered = [(number, test) for number, test in numbered if not test.passed]
    lines = [
        f"test {number}: {test.status}  {test.cpu_s:.2f} s{_mode(test)}"
        for number, test in numbered[:_MAX_TEST_LINES]
    ]
    rest = len(numbered) - _MAX_TEST_LINES
    return [*lines, f"… and {rest} more that did not pass"] if rest > 0 else lines


def _mode(test: TestOutcome) -> str:
    return f"  guarded: {test.judging_reason}" if test.judging == "guarded" else ""


def _source(file: Path) -> str:
    """Return the program's text, decoded as Python does: by its coding line, else as UTF-8."""
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
