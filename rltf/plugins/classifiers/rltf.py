"""RLTF's classifier: the kind of error, and the part of the program that causes it (Table 2).

    global  A timeout, recursion, or a similar error, such as a memory or output limit: no single
            line causes it. A syntax error because the program was cut off.
    line    Every other error whose line is known.
    ignore  An unterminated triple-quoted string, or wrong indentation: the line that Python reports
            is far from the cause. An error without a known line: a signal, a missing entry point.
            Failed tests.

The classifier reads exception types, positions and structure. It never reads messages, because they
change between versions of CPython.
"""

from __future__ import annotations

import re

from rltf.diagnosis import Diagnosis, Granularity, category_of
from rltf.hookspecs import Register, hookimpl
from rltf.plugins.classifiers.incomplete import is_incomplete
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.spans import LINE_END
from rltf.verdict import ProgramError, Verdict

_EXHAUSTED = ("timeout", "memory_limit", "output_limit")
_EXHAUSTING = ("RecursionError", "MemoryError")
_INDENTATION = ("IndentationError", "TabError")
_TRIPLE_QUOTE = re.compile(r"[A-Za-z]{0,2}(\"\"\"|''')")


def classify(problem: Problem, sample: Sample, verdict: Verdict) -> Diagnosis | None:
    """Return the diagnosis of the worst test, or ``None`` for an unscored verdict."""
    if verdict.status == "unscored":
        return None
    category = category_of(verdict.status)
    if category in ("pass", "failure"):
        return Diagnosis(category)
    error = verdict.error
    if verdict.status in _EXHAUSTED:
        return Diagnosis(category, verdict.status, "global")
    if error is None:
        return Diagnosis(category, verdict.status)
    lines = LINE_END.split(sample.program)
    granularity: Granularity
    if category == "syntax_error":
        granularity = _syntax_granularity(sample, error, lines)
    else:
        granularity = "global" if error.type in _EXHAUSTING else "line"
    if granularity != "line":
        return Diagnosis(category, error.type, granularity)
    if error.line is None or not 1 <= error.line <= len(lines):
        return Diagnosis(category, error.type)
    columns = _columns(error, lines[error.line - 1])
    return Diagnosis(category, error.type, "line", (error.line, error.line), columns)


def _columns(error: ProgramError, line: str) -> tuple[int, int] | None:
    """Return the error's columns, or ``None`` if Python reports none or they are past the line."""
    if error.column is None or error.end_column is None or error.end_line != error.line:
        return None
    end = min(error.end_column, len(line) + 1)
    return (error.column, end) if error.column < end else None


def _syntax_granularity(sample: Sample, error: ProgramError, lines: list[str]) -> Granularity:
    if error.type in _INDENTATION or _is_open_triple_quote(error, lines):
        return "ignore"
    # rltf's own samples record whether they were cut off; other samples may have been.
    may_be_cut = sample.truncated or not sample.token_ids
    return "global" if may_be_cut and _is_at_the_end(sample.program, error, lines) else "line"


def _is_open_triple_quote(error: ProgramError, lines: list[str]) -> bool:
    """Return whether the error is at a triple-quoted string that the program never closes."""
    if error.line is None or error.column is None or not 1 <= error.line <= len(lines):
        return False
    rest = "\n".join([lines[error.line - 1][error.column - 1 :], *lines[error.line :]])
    opening = _TRIPLE_QUOTE.match(rest)
    if opening is None:
        return False
    escapes_and_quotes = re.compile(rf"(?s)\\.|{opening[1]}").finditer(rest, opening.end())
    return all(match[0] != opening[1] for match in escapes_and_quotes)


def _is_at_the_end(program: str, error: ProgramError, lines: list[str]) -> bool:
    """Return whether the error is on the last line of code, or the program is incomplete."""
    if error.line is None:
        return False
    last = max((number for number, line in enumerate(lines, 1) if line.strip()), default=1)
    return error.line >= last or is_incomplete(program)


@hookimpl
def rltf_register_classifiers(register: Register) -> None:
    """Register ``rltf``."""
    register("rltf", lambda: classify)
