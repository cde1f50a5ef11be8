"""Describing an exception as data: what was raised, and where in the program.

In a candidate all of this runs beside the program. So a description is a claim and never a verdict.
"""

from __future__ import annotations

import errno
import resource
import types

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

FILENAME = "solution.py"
"""The file name of the program's code (csrc/broker_files.c)."""
TEST_FILENAME = "<test>"
MAX_MESSAGE = 2000
MAX_NAME = 200
"""Characters of an exception's message, and of its type's name."""

REFUSED_BY_GUARD = " is refused beside a test that shares the program's process"
"""What an exception of the guard (csrc/python/audit.c) says."""
_REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS)
_RAISE = compile("raise", "", "exec").co_code[-2]
_ONLY_PARSE = 0x400  # ast.PyCF_ONLY_AST


def message_of(error: BaseException) -> str:
    """Return an exception's message, cut, or nothing where it has none."""
    try:
        # str() of a SyntaxError repeats the place
        return _cut(error.msg if isinstance(error, SyntaxError) else error, MAX_MESSAGE)
    except BaseException:
        return ""


def _cut(thing: object, most: int) -> str:
    """Return the start of its text, as a plain ``str`` even if ``__str__`` returns a subclass."""
    return str.__getitem__(str(thing), slice(most))


def _innermost(error: BaseException) -> types.TracebackType | None:
    """Return the innermost frame that runs the program's own source."""
    innermost, at = None, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == FILENAME:
            innermost = at
        at = at.tb_next
    return innermost


def came_through_program(error: BaseException) -> bool:
    """Return whether the program's code was running, or had called what was, when it was raised."""
    return _innermost(error) is not None


def raised_by_program(error: BaseException) -> bool:
    """Return whether the program raised it, and not the test code in the same process."""
    last, at = "", error.__traceback__
    while at is not None:
        name = at.tb_frame.f_code.co_filename
        last = name if name in (FILENAME, TEST_FILENAME) else last
        at = at.tb_next
    return last == FILENAME


def _characters(source_line: str, byte_offset: int) -> int:
    """Return the 1-based character column of a byte offset."""
    return len(source_line.encode("utf-8")[:byte_offset].decode("utf-8", "replace")) + 1


def _place(at: types.TracebackType, lines: list[str]) -> tuple[int | None, ...]:
    """Return line, column, end line and end column of what a frame was doing."""
    positions = list(at.tb_frame.f_code.co_positions())[at.tb_lasti // 2]
    line, end_line, start, end = positions
    if line is None or start is None or end is None or end_line is None:
        return at.tb_lineno, None, None, None
    if not 1 <= line <= end_line <= len(lines):
        return line, None, None, None
    return (
        line,
        _characters(lines[line - 1], start),
        end_line,
        _characters(lines[end_line - 1], end),
    )


def _syntax_place(error: SyntaxError, lines: list[str]) -> tuple[int | None, ...]:
    # CPython gives 0 and -1 where it does not know
    def known(number: int | None) -> int | None:
        return number if number and number > 0 else None

    line, column = known(error.lineno), known(error.offset)
    end_line, end_column = known(error.end_lineno), known(error.end_offset)
    if line and column and end_line and end_column and end_line <= len(lines):
        first, last = lines[line - 1], lines[end_line - 1]
        if not (first.isascii() and last.isascii()) and _parses(lines):
            # the parser counts characters; the compiler, which comes after it, bytes
            column, end_column = _characters(first, column - 1), _characters(last, end_column - 1)
    return line, column, end_line, end_column


def _parses(lines: list[str]) -> bool:
    try:
        compile("\n".join(lines), FILENAME, "exec", _ONLY_PARSE, dont_inherit=True)
    except Exception:
        return False
    return True


def _refused(error: BaseException) -> bool:
    """Return whether a call that the jail refused raised it, not a statement of the program."""
    if isinstance(error, RuntimeError | ImportError | ValueError):
        return message_of(error).endswith(REFUSED_BY_GUARD)
    if not isinstance(error, OSError) or error.errno not in _REFUSALS:
        return False
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    if at is None:
        return True
    code = at.tb_frame.f_code
    return code.co_filename != FILENAME or code.co_code[at.tb_lasti] != _RAISE


def _out_of_memory(error: BaseException, during: str) -> bool:
    """Return whether memory ran out. CPython's parser raises MemoryError for deep nesting, too."""
    if not isinstance(error, MemoryError):
        return False
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return during != "compile" or peak > resource.getrlimit(resource.RLIMIT_AS)[0] // 4


def describe(error: BaseException, during: str, lines: list[str]) -> tuple[Any, ...]:
    """Return type, message, line, column, end line, end column, phase and cause of an exception.

    The phase is ``during``. The cause is "memory", "refused" (by the jail) or "".
    """
    kind = "Exception"
    span: tuple[int | None, ...] = (None, None, None, None)
    cause = ""
    try:
        kind = _cut(type(error).__name__, MAX_NAME)
        if during == "compile" and isinstance(error, SyntaxError):
            span = _syntax_place(error, lines)
        else:
            at = _innermost(error)
            if at is not None:
                span = _place(at, lines)
        cause = "memory" * _out_of_memory(error, during) or "refused" * _refused(error)
    except Exception:
        pass
    return (kind, message_of(error), *span, during, cause)
