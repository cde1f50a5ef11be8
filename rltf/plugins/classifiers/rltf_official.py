"""RLTF's classifier as in its released code (``program_feedback.py``), quirks included.

    global  RecursionError, or a TimeoutException that the program raises. A syntax error on the
            program's last line that CPython 3.9 called "invalid syntax", "unexpected EOF" or "EOL
            while scanning a string".
    line    Other syntax errors, and exceptions. The location is the first place in the program that
            contains the text of the faulty line, which may be part of an earlier line.
    ignore  Timeouts: the paper says global, but the released code gets an empty exception text,
            which means ignore. RuntimeError, a process that ends without a traceback, failed tests,
            tabs and unindents, triple quotes, duplicate arguments, ``import *`` in a function.

The released code searches messages of CPython 3.9 and older. This module maps the messages of 3.11
to 3.14 to those of 3.9 for the same program: an unclosed bracket is located where the parser
stopped. For 3,718 randomly broken programs, all but 10 results were equal to 3.9's. The remaining
differences: 3.9 called some stray brackets "invalid syntax" and others "unmatched", and here they
are always "unmatched"; the same holds for some assignments to something that is not a name. Lines
of libraries in a traceback are not searched for.
"""

from __future__ import annotations

import re

from rltf.diagnosis import Category, Diagnosis, Granularity, category_of
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.classifiers import incomplete
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.spans import LINE_END
from rltf.verdict import ProgramError, Verdict

_IGNORED = (
    "inconsistent use of tabs and spaces in indentation",
    "unindent does not match any outer indentation",
    "unterminated triple-quoted",
    "duplicate argument",
    "duplicate parameter",
    "import * only allowed at module level",
)
_NO_NONLOCAL = re.compile(
    r"name '(.*)' is parameter and nonlocal|no binding for nonlocal '(.*)' found"
)
_NEVER_CLOSED = "was never closed"
_INVALID_SYNTAX = re.compile(
    r"invalid syntax|expected '|.*was never closed|unterminated (f-)?string|invalid decimal literal"
    r"|.* here\. Maybe you meant|expected default value|Function parameters cannot be|f-string: "
    r"|'in' expected after|Expected one or more names"
)
"""Messages for errors that 3.9 called "invalid syntax", "unexpected EOF …" or "EOL while …"."""


def classify(problem: Problem, sample: Sample, verdict: Verdict) -> Diagnosis | None:
    """Return the diagnosis of the worst test, or ``None`` for an unscored verdict."""
    if verdict.status == "unscored":
        return None
    category = category_of(verdict.status)
    if category in ("pass", "failure"):
        return Diagnosis(category)
    error = verdict.error
    if error is None or verdict.status in ("timeout", "output_limit"):
        return Diagnosis(category, verdict.status)
    classify_error = _classify_syntax if category == "syntax_error" else _classify_exception
    granularity, text = classify_error(error, sample.program)
    if granularity == "line":
        return _locate(category, error.type, sample.program, text)
    return Diagnosis(category, error.type, granularity)


def _classify_syntax(error: ProgramError, program: str) -> tuple[Granularity, str]:
    """Return the granularity of a syntax error and the text of the faulty line."""
    lines = program.removesuffix("\n").split("\n")
    if error.line is None or any(message in error.message for message in _IGNORED):
        return "ignore", ""
    if match := _NO_NONLOCAL.match(error.message):
        return "line", _nonlocal_line(lines, match[1] or match[2])
    number = error.line
    if _NEVER_CLOSED in error.message:
        number = incomplete.first_fatal_line(program)
    number = min(number, len(lines))
    if number == len(lines) and _INVALID_SYNTAX.match(error.message):
        return "global", ""
    line = lines[number - 1]
    return "line", line if error.message == "unexpected indent" else line.strip()


def _nonlocal_line(lines: list[str], name: str) -> str:
    for line in lines:
        if "nonlocal" in line and name in line.replace(",", " ").split():
            return line.strip()
    return ""


def _classify_exception(error: ProgramError, program: str) -> tuple[Granularity, str]:
    """Return the granularity of an exception and the last line of its traceback in the program."""
    lines = program.split("\n")
    if error.line is None or not 1 <= error.line <= len(lines) or error.type == "SystemExit":
        return "ignore", ""
    line = lines[error.line - 1].strip()
    message = f"{error.type}: {error.message}" if error.message else error.type
    # the released code searches the whole traceback, which includes the line
    traceback = f"{line}\n{message}"
    if "RuntimeError" in traceback:
        return "ignore", ""
    if "TimeoutException" in traceback or "RecursionError" in traceback:
        return "global", ""
    message_lines = [text.strip() for text in message.removesuffix("\n").split("\n")]
    return "line", next(text for text in (*reversed(message_lines), line) if text in program)


def _locate(category: Category, sub_error: str, program: str, text: str) -> Diagnosis:
    """Return a diagnosis with the first location of a text. An empty text has no location."""
    start = program.find(text)
    if not text or start < 0:
        return Diagnosis(category, sub_error)
    line_starts = [match.end() for match in LINE_END.finditer(program, 0, start)]
    line = len(line_starts) + 1
    column = start - (line_starts[-1] if line_starts else 0) + 1
    return Diagnosis(
        category, sub_error, "line", (line, line), columns=(column, column + len(text))
    )


@hookimpl
def rltf_register_classifiers(register: Register) -> None:
    """Register ``rltf-official``."""
    register("rltf-official", lambda: classify)
