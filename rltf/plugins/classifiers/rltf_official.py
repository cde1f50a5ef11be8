"""RLTF's classifier as its released code has it (``program_feedback.py``), quirks included.

    global  RecursionError, and a TimeoutException of the program's own. A syntax error of CPython
            3.9's kinds "invalid syntax", "unexpected EOF" and "EOL while scanning a string" on the
            program's last line.
    line    other syntax errors, and exceptions: the first place in the program where the text of the
            line at fault stands, which may be part of an earlier line.
    ignore  timeouts (the paper says global; there the text of the exception is empty, and empty means
            ignore), RuntimeError, whatever ends a process without a traceback, failed tests, tabs and
            unindents, triple quotes, duplicate arguments, ``import *`` in a function.

That code searches messages of CPython 3.9 and older. Those of 3.11 to 3.14 are read here as what 3.9
said of the same program: a bracket that is never closed is found where the parser stopped. On 3,718
programs broken at random the outcome was 3.9's for all but 10. Differences that are left: 3.9 called
some stray brackets "invalid syntax" and others "unmatched", which is always the second here, and some
assignments to what is no name likewise; the lines of libraries in a traceback are not looked for.
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
"""What 3.9 called "invalid syntax", "unexpected EOF while parsing" or "EOL while scanning …"."""


def classify(problem: Problem, sample: Sample, verdict: Verdict) -> Diagnosis | None:
    """The diagnosis of the worst test; ``None`` for an unscored verdict."""
    if verdict.status == "unscored":
        return None
    category = category_of(verdict.status)
    if category in ("pass", "failure"):
        return Diagnosis(category)
    error = verdict.error
    if error is None or verdict.status in ("timeout", "output_limit"):
        return Diagnosis(category, verdict.status)
    find = _syntax if category == "syntax_error" else _exception
    granularity, text = find(error, sample.program)
    if granularity == "line":
        return _place(category, error.type, sample.program, text)
    return Diagnosis(category, error.type, granularity)


def _syntax(error: ProgramError, program: str) -> tuple[Granularity, str]:
    """Granularity, and the text of the line at fault."""
    lines = program.removesuffix("\n").split("\n")
    if error.line is None or any(message in error.message for message in _IGNORED):
        return "ignore", ""
    if match := _NO_NONLOCAL.match(error.message):
        return "line", _nonlocal_line(lines, match[1] or match[2])
    number = error.line
    if _NEVER_CLOSED in error.message:
        number = incomplete.line_that_ends_hope(program)
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


def _exception(error: ProgramError, program: str) -> tuple[Granularity, str]:
    """The same, of what ended a running program: the last line of its traceback that it contains."""
    lines = program.split("\n")
    if error.line is None or not 1 <= error.line <= len(lines) or error.type == "SystemExit":
        return "ignore", ""
    line = lines[error.line - 1].strip()
    message = f"{error.type}: {error.message}" if error.message else error.type
    # the released code searches the whole traceback, in which the line stands too
    traceback = f"{line}\n{message}"
    if "RuntimeError" in traceback:
        return "ignore", ""
    if "TimeoutException" in traceback or "RecursionError" in traceback:
        return "global", ""
    ends = [text.strip() for text in message.removesuffix("\n").split("\n")]
    return "line", next(text for text in (*reversed(ends), line) if text in program)


def _place(category: Category, sub_error: str, program: str, text: str) -> Diagnosis:
    """Where the text stands first. An empty one stands nowhere."""
    at = program.find(text)
    if not text or at < 0:
        return Diagnosis(category, sub_error)
    breaks = [found.end() for found in LINE_END.finditer(program, 0, at)]
    line = len(breaks) + 1
    column = at - (breaks[-1] if breaks else 0) + 1
    return Diagnosis(
        category, sub_error, "line", (line, line), columns=(column, column + len(text))
    )


@hookimpl
def rltf_register_classifiers(register: Register) -> None:
    """Register ``rltf-official``."""
    register("rltf-official", lambda: classify)
