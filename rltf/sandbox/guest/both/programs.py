"""Running a program in a child: compile it, run it, say what it raised and where.

Everything here runs beside the program, so nothing here is believed: what it reports are values and
places, never verdicts.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _thread
import atexit
import builtins
import errno
import gc
import linecache
import resource
import sys
import threading
import traceback
import types
import weakref

from . import harness_imports, report

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

FILENAME = "solution.py"
TEST_FILENAME = "<test>"
MAX_MESSAGE = 2000
MAX_NAME = 200
"""Characters of what an exception says, and of its type's name."""

_REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS)
_RAISE = compile("raise", "", "exec").co_code[-2]
_TIMERS = (_signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF)
_HAS_MIDDLE = sys.version_info < (3, 14)
"""A collection of generation 1 takes all that came through one of generation 0."""
_ONLY_PARSE = 0x400  # ast.PyCF_ONLY_AST


def equals_anything(thing: Any) -> bool:
    """Whether an object says that it equals an object that it cannot know."""
    try:
        return bool(thing == object())
    except Exception:
        return False


# ------------------------------------------------------------------------- what a program raised


def _message(error: BaseException) -> str:
    try:
        # str() of a SyntaxError repeats the place
        return _cut(error.msg if isinstance(error, SyntaxError) else error, MAX_MESSAGE)
    except BaseException:
        return ""


def _cut(thing: object, most: int) -> str:
    """The beginning of its text, which is a plain one even where ``str`` gives one of the program's."""
    return str.__getitem__(str(thing), slice(most))


def _innermost(error: BaseException) -> types.TracebackType | None:
    """The innermost frame that runs the program's own source."""
    found, at = None, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == FILENAME:
            found = at
        at = at.tb_next
    return found


def came_through_program(error: BaseException) -> bool:
    """Whether the program's own code was running, itself or below it, when it was raised."""
    return _innermost(error) is not None


def raised_by_program(error: BaseException) -> bool:
    """Whether the program raised it, and not the test code that runs in its process."""
    last, at = "", error.__traceback__
    while at is not None:
        name = at.tb_frame.f_code.co_filename
        last = name if name in (FILENAME, TEST_FILENAME) else last
        at = at.tb_next
    return last == FILENAME


def _characters(source_line: str, byte_offset: int) -> int:
    """1-based character column of a byte offset."""
    return len(source_line.encode("utf-8")[:byte_offset].decode("utf-8", "replace")) + 1


def _place(at: types.TracebackType, lines: list[str]) -> tuple[int | None, ...]:
    """Line, column, end line and end column of what a frame was doing."""
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
    """A call that the jail refused raised it, and not a raise statement of the program."""
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
    """CPython's parser raises MemoryError also for what is only too deeply nested."""
    if not isinstance(error, MemoryError):
        return False
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return during != "compile" or peak > resource.getrlimit(resource.RLIMIT_AS)[0] // 4


def describe(error: BaseException, during: str, lines: list[str]) -> tuple[Any, ...]:
    """An exception as data: type, message, line, column, end line, end column, during, cause.

    The cause is "memory", "refused" (by the jail) or "".
    """
    kind = "Exception"
    place: tuple[int | None, ...] = (None, None, None, None)
    cause = ""
    try:
        kind = _cut(type(error).__name__, MAX_NAME)
        if during == "compile" and isinstance(error, SyntaxError):
            place = _syntax_place(error, lines)
        else:
            at = _innermost(error)
            if at is not None:
                place = _place(at, lines)
        cause = "memory" * _out_of_memory(error, during) or "refused" * _refused(error)
    except Exception:
        pass
    return (kind, _message(error), *place, during, cause)


# ----------------------------------------------------------------------------------- running it


class _Litter:
    __slots__ = ("__weakref__", "itself")
    itself: _Litter


def _litter() -> weakref.ref[_Litter]:
    """Leads to garbage until the next collection, of whatever generation."""
    litter = _Litter()
    litter.itself = litter
    return weakref.ref(litter)


class Program:
    """A program in the process that it runs in."""

    def __init__(self, source: str, name: str, encode: Any, harness: str = "") -> None:
        self.source = source.removeprefix("\ufeff")  # a byte order mark is no part of a program
        self.name = name
        self.during = "compile"
        self._encode = encode
        self.harness = harness  # see lenient.py
        self._code: types.CodeType | None = None
        self._ran: types.ModuleType | None = None
        self._module: types.ModuleType | None = None
        self._litter = _litter()

    @property
    def lines(self) -> list[str]:
        return self.source.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def compile(self) -> None:
        """Compiles it; once is enough for all its tests."""
        if self._code is None:
            self.during = "compile"
            try:
                self._code = compile(self.source, FILENAME, "exec", dont_inherit=True)
            except SyntaxError as error:
                if not self.harness or self.name != "__main__":
                    raise
                self._code = harness_imports.compile_with_return(self.source, FILENAME, error)

    def run(self) -> types.ModuleType:
        """Runs its top level as a module of its name, as ``python solution.py`` or import would."""
        self.compile()
        assert self._code is not None
        self.during = "test" if self.name == "__main__" else "load"
        module = self._ran = types.ModuleType(self.name)
        module.__dict__.update(__file__=FILENAME, __builtins__=builtins)
        linecache.cache[FILENAME] = (
            lambda: self.source,
        )  # an entry that is read when it is asked for
        sys.modules[self.name] = module
        if self.harness:
            harness_imports.prepare(self.harness)
            on_stdin = self.name == "__main__"
            module.__dict__.update(
                harness_imports.names(self._code, self.harness, on_stdin=on_stdin)
            )
        try:
            exec(self._code, module.__dict__)
        except harness_imports.Returned:
            return module
        self.during = "test"
        return module

    def load(self) -> types.ModuleType:
        """Runs its top level if it has not run to its end in this process before."""
        if self._module is None:
            self._module = self.run()
        return self._module

    def clear(self) -> None:
        """Lets go of the program's objects, so that files of its own are flushed and closed.

        As the interpreter does it, with a collection before as well, which leaves a file ahead of the
        buffer that it writes to: the order in which garbage is closed.
        """
        is_young = self._litter() is not None  # all that is new; and a full collection is dear
        gc.collect(0 if is_young else 2)
        if self._ran is not None:
            self._ran.__dict__.clear()
        gc.collect(1 if is_young and _HAS_MIDDLE else 2)
        self._litter = _litter()

    def report_exception(self, error: BaseException) -> None:
        """Reports what it raised, and prints the traceback that a person would see."""
        report.write(report.EXCEPTION, self._encode(describe(error, self.during, self.lines)))
        self._print_traceback(error)

    def _print_traceback(self, error: BaseException) -> None:
        at = error.__traceback__
        while at is not None and at.tb_frame.f_code.co_filename != FILENAME:
            at = at.tb_next
        try:
            traceback.print_exception(type(error), error, at, limit=-20, file=sys.__stderr__)
        except BaseException:
            return


def exit_code(error: SystemExit) -> int:
    """The exit code that a SystemExit asks for, as the interpreter decides it."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(_message(error), file=sys.__stderr__)
    return 1


def finish() -> None:
    """What the interpreter does at its end: other threads finish, then exit functions run."""
    if has_threads():
        _wait_for_threads()
    atexit._run_exitfuncs()


def stop_timers() -> None:
    """No timer of one test goes off in the next."""
    if "signal" in sys.modules:
        for timer in _TIMERS:
            _signal.setitimer(timer, 0)


def has_threads() -> bool:
    """Whether there is a thread beside this one."""
    return _thread._count() > 0


def _wait_for_threads() -> None:
    pools: Any = sys.modules.get("concurrent.futures.thread")
    if pools is not None:
        pools._python_exit()  # lets the threads of executors go
        pools._shutdown = False  # the next test of the same program may have executors too
    while others := [thread for thread in threading.enumerate() if _is_awaited(thread)]:
        for thread in others:
            thread.join()


def _is_awaited(thread: threading.Thread) -> bool:
    return thread is not threading.current_thread() and not thread.daemon
