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
    from rltf.sandbox.sandbox import Observed

_LINES = 8
"""Of one text."""
_COLUMNS = 100
_AROUND = 3
"""Lines before one that differs."""
_VALUE_BYTES = 64 << 10
"""A value that takes more is not built."""


def explain(sandbox: Sandbox, problem: Problem, program: str, verdict: Verdict) -> list[str]:
    """Return lines about the first failed test: its input, what it expected, and what it got.

    Verdicts do not hold wrong answers, so the test runs again. In isolation ``program`` the tests
    before it run again too, since it may depend on them.
    """
    failed = [place for place, test in enumerate(verdict.tests) if not test.passed]
    if not failed:
        return [f"{problem.task_id}: {verdict.status}: {plain(verdict.reason)}"]
    place = failed[0]
    outcome, test = verdict.tests[place], problem.tests[place]
    lines = [f"{problem.task_id}, test {place + 1} of {len(problem.tests)}: {outcome.status}"]
    observed = None
    if outcome.status == "wrong_answer" and hasattr(sandbox, "observe"):
        observed = sandbox.observe(_shortened(sandbox, problem, place), program)
        again = observed.verdict.tests[-1]
        if again.status == outcome.status:
            outcome = again
        else:
            lines.append(f"  when it was run again: {again.status}")
            observed = None
    lines += _of_test(problem, test, outcome, observed)
    lines += _of_error(test, outcome, program)
    return [line.rstrip() for line in lines]


def _shortened(sandbox: Sandbox, problem: Problem, place: int) -> Problem:
    """Return the problem with one test, which explains itself, and those that it may depend on."""
    test = problem.tests[place]
    setup_code = problem.setup_code
    if test.kind == "assert":
        setup_code, code = explaining(setup_code, test.code)
        test = replace(test, code=code)
    before = problem.tests[:place] if sandbox.isolation == "program" else ()
    return replace(problem, tests=(*before, test), setup_code=setup_code)


# ---------------------------------------------------------------------- by kind


def _of_test(
    problem: Problem, test: TestCase, outcome: TestOutcome, observed: Observed | None
) -> list[str]:
    match test.kind:
        case "stdin":
            output = observed.stdout if observed else None
            got = outcome.stdout if output is None else output.decode("utf-8", "replace")
            return _of_stdin(test, got, outcome.status == "wrong_answer")
        case "call":
            return _of_call(problem, test, observed.value if observed else None)
    return _of_assert(test, outcome)


def _of_stdin(test: TestCase, got: str, is_wrong: bool) -> list[str]:
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
    """Return line and column, from 0, of the first difference but for space; no line: equal."""
    for number, (one, other) in enumerate(
        zip_longest(got.rstrip().split("\n"), expected.rstrip().split("\n"), fillvalue="")
    ):
        if one.split() != other.split():
            pairs = zip(one, other, strict=False)
            same = next(
                (at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other))
            )
            return number, same
    return None, 0


def _of_call(problem: Problem, test: TestCase, value: bytes | None) -> list[str]:
    call = f"{problem.entry_point}({', '.join(map(shown, test.args))})"
    lines = [f"  {plain(call)}", f"expected: {plain(shown(test.expected))}"]
    if value is None:
        return lines
    if len(value) > _VALUE_BYTES:
        return [*lines, f"got:      a value of {len(value)} bytes"]
    try:
        size(value)
        got: Any = decode(value)
    except (BadValue, ValueError, TypeError, ArithmeticError, RecursionError):
        return [*lines, "got:      a value that cannot be read"]
    said = difference(got, test.expected)
    lines.append(f"got:      {plain(shown(got))}")
    return [*lines, f"  {plain(said)}"] if said else lines


def _of_assert(test: TestCase, outcome: TestOutcome) -> list[str]:
    error = outcome.error
    if outcome.status == "wrong_answer" and error and error.type == "AssertionError":
        said = error.message.split("\n")
        if any(line.startswith("> ") for line in said):
            marked = [line if line.startswith("> ") else f"E   {line}" for line in said]
            return [plain(line) for line in marked]
    return _block(test.code.strip("\n"))


def _of_error(test: TestCase, outcome: TestOutcome, program: str) -> list[str]:
    error = outcome.error
    if error is None:
        return [plain(outcome.reason)] if outcome.reason else []
    is_said = test.kind == "assert" and error.type == "AssertionError" and "> " in error.message
    return [] if is_said else _told(error, program)


def _told(error: ProgramError, program: str) -> list[str]:
    message = f": {error.message}" if error.message else ""
    lines = [f"E   {plain(f'{error.type}{message}', 3 * _COLUMNS)}"]
    source = program.split("\n")
    if error.line is not None and error.line <= len(source):
        lines.append(f"  line {error.line} of the program: {plain(source[error.line - 1].strip())}")
    return lines


# ---------------------------------------------------------------------- text


def plain(text: str, most: int = 4 * _COLUMNS) -> str:
    """Return text for one line of a terminal: characters that cannot be printed are escaped."""
    text = text if len(text) <= most else f"{text[:most]}…"
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def _block(text: str, marked: int | None = None, column: int = 0) -> list[str]:
    """Return some lines of a text: those around the marked one, if there is one."""
    lines = text.removesuffix("\n").split("\n")
    if not text:
        return ["  (nothing)"]
    start = 0 if marked is None else max(0, marked - _AROUND)
    left = max(0, column - _COLUMNS // 2)
    block = [f"  … ({start} lines)"] if start else []
    for number, line in enumerate(lines[start : start + _LINES], start):
        part = line[left : left + _COLUMNS]
        cut = f"{'…' if left else ''}{plain(part)}{'…' if left + _COLUMNS < len(line) else ''}"
        block.append(f"{'>' if number == marked else ' '} {cut}")
        if number == marked and column:
            before = plain(line[left:column])
            block.append(f"  {' ' * (len(before) + bool(left))}^")
    rest = len(lines) - start - _LINES
    return [*block, f"  … ({rest} lines)"] if rest > 0 else block
