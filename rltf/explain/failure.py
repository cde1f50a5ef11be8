"""Explain the first test that a program fails, in as many lines as a screen holds."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rltf.explain.assert_rewriting import explaining
from rltf.explain.value_text import difference, shown
from rltf.problem import Problem, TestCase
from rltf.sandbox.guest.shared.values import BadValue, decode
from rltf.sandbox.judging.comparison import size
from rltf.verdict import ProgramError, TestOutcome, Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox
    from rltf.sandbox.program_run import Observed

_LINES = 8
"""Maximum number of lines to show of a text."""
_COLUMNS = 100
_LINES_BEFORE = 3
"""Lines to show before the first line that differs."""
_MAX_VALUE_BYTES = 64 << 10
"""Larger values are not decoded."""


def explain(sandbox: Sandbox, problem: Problem, program: str, verdict: Verdict) -> list[str]:
    """Return lines about the first failed test: its input, the expected result and the actual one.

    Verdicts do not contain wrong answers, so the test runs again. With isolation ``program``, the
    tests before it run again too, because it may depend on them.
    """
    failed = [index for index, test in enumerate(verdict.tests) if not test.passed]
    if not failed:
        return [f"{problem.task_id}: {verdict.status}: {plain(verdict.reason)}"]
    index = failed[0]
    outcome, test = verdict.tests[index], problem.tests[index]
    lines = [f"{problem.task_id}, test {index + 1} of {len(problem.tests)}: {outcome.status}"]
    observed = None
    if outcome.status == "wrong_answer" and hasattr(sandbox, "observe"):
        observed = sandbox.observe(_with_last_test(sandbox, problem, index), program)
        new_outcome = observed.verdict.tests[-1]
        if new_outcome.status == outcome.status:
            outcome = new_outcome
        else:
            lines.append(f"  when it was run again: {new_outcome.status}")
            observed = None
    lines += _describe_test(problem, test, outcome, observed)
    lines += _describe_error(test, outcome, program)
    return [line.rstrip() for line in lines]


def _with_last_test(sandbox: Sandbox, problem: Problem, index: int) -> Problem:
    """Return the problem up to one test, with an assert that explains itself.

    Leaves out the tests before it if it cannot depend on them.
    """
    test = problem.tests[index]
    setup_code = problem.setup_code
    if test.kind == "assert":
        setup_code, code = explaining(setup_code, test.code)
        test = replace(test, code=code)
    before = problem.tests[:index] if sandbox.isolation == "program" else ()
    return replace(problem, tests=(*before, test), setup_code=setup_code)


# ---------------------------------------------------------------------- kinds of tests


def _describe_test(
    problem: Problem, test: TestCase, outcome: TestOutcome, observed: Observed | None
) -> list[str]:
    match test.kind:
        case "stdin":
            output = observed.stdout if observed else None
            got = outcome.stdout if output is None else output.decode("utf-8", "replace")
            return _describe_stdin(test, got, outcome.status == "wrong_answer")
        case "call":
            return _describe_call(problem, test, observed.value if observed else None)
    return _describe_assert(test, outcome)


def _describe_stdin(test: TestCase, got: str, is_wrong: bool) -> list[str]:
    lines = ["input:", *_block(test.input)]
    if not is_wrong:
        return [*lines, *(["output:", *_block(got)] if got else [])]
    line, column = _first_difference(got, test.output)
    if line is None:
        return [*lines, "expected:", *_block(test.output), "got:", *_block(got)]
    return [
        *lines,
        "expected:",
        *_block(test.output, line),
        "got:",
        *_block(got, line, column),
        f"they differ in line {line + 1}, column {column + 1}",
    ]


def _first_difference(got: str, expected: str) -> tuple[int | None, int]:
    """Return line and column, from 0, of the first difference besides white space.

    Without a difference, the line is ``None``.
    """
    got_lines, expected_lines = got.rstrip().split("\n"), expected.rstrip().split("\n")
    for number, (line, expected_line) in enumerate(
        zip_longest(got_lines, expected_lines, fillvalue="")
    ):
        if line.split() != expected_line.split():
            pairs = zip(line, expected_line, strict=False)
            column = next(
                (index for index, (a, b) in enumerate(pairs) if a != b),
                min(len(line), len(expected_line)),
            )
            return number, column
    return None, 0


def _describe_call(problem: Problem, test: TestCase, value: bytes | None) -> list[str]:
    call = f"{problem.entry_point}({', '.join(map(shown, test.args))})"
    lines = [f"  {plain(call)}", f"expected: {plain(shown(test.expected))}"]
    if value is None:
        return lines
    if len(value) > _MAX_VALUE_BYTES:
        return [*lines, f"got:      a value of {len(value)} bytes"]
    try:
        size(value)
        got: Any = decode(value)
    except (BadValue, ValueError, TypeError, ArithmeticError, RecursionError):
        return [*lines, "got:      a value that cannot be read"]
    lines.append(f"got:      {plain(shown(got))}")
    explanation = difference(got, test.expected)
    return [*lines, f"  {plain(explanation)}"] if explanation else lines


def _describe_assert(test: TestCase, outcome: TestOutcome) -> list[str]:
    error = outcome.error
    if outcome.status == "wrong_answer" and error and error.type == "AssertionError":
        message_lines = error.message.split("\n")
        if any(line.startswith("> ") for line in message_lines):
            marked = [line if line.startswith("> ") else f"E   {line}" for line in message_lines]
            return [plain(line) for line in marked]
    return _block(test.code.strip("\n"))


def _describe_error(test: TestCase, outcome: TestOutcome, program: str) -> list[str]:
    error = outcome.error
    if error is None:
        return [plain(outcome.reason)] if outcome.reason else []
    # _describe_assert shows the message of an assert that explains itself.
    is_shown = test.kind == "assert" and error.type == "AssertionError" and "> " in error.message
    return [] if is_shown else _error_lines(error, program)


def _error_lines(error: ProgramError, program: str) -> list[str]:
    message = f": {error.message}" if error.message else ""
    lines = [f"E   {plain(f'{error.type}{message}', 3 * _COLUMNS)}"]
    source = program.split("\n")
    if error.line is not None and error.line <= len(source):
        lines.append(f"  line {error.line} of the program: {plain(source[error.line - 1].strip())}")
    return lines


# ---------------------------------------------------------------------- text


def plain(text: str, most: int = 4 * _COLUMNS) -> str:
    """Return text for one line of a terminal, with unprintable characters escaped."""
    text = text if len(text) <= most else f"{text[:most]}…"
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def _block(text: str, marked: int | None = None, column: int = 0) -> list[str]:
    """Return some lines of a text: those around the marked line, if any, or else the first ones."""
    lines = text.removesuffix("\n").split("\n")
    if not text:
        return ["  (nothing)"]
    start = 0 if marked is None else max(0, marked - _LINES_BEFORE)
    left = max(0, column - _COLUMNS // 2)
    block = [f"  … ({start} lines)"] if start else []
    for number, line in enumerate(lines[start : start + _LINES], start):
        visible = plain(line[left : left + _COLUMNS])
        shortened = f"{'…' if left else ''}{visible}{'…' if left + _COLUMNS < len(line) else ''}"
        block.append(f"{'>' if number == marked else ' '} {shortened}")
        if number == marked and column:
            before = plain(line[left:column])
            block.append(f"  {' ' * (len(before) + bool(left))}^")
    rest = len(lines) - start - _LINES
    return [*block, f"  … ({rest} lines)"] if rest > 0 else block
