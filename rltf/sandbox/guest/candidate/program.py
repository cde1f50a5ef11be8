"""A program in the process that it runs in: compile it, run it, finish as the interpreter would."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import atexit
import gc
import linecache
import sys
import threading
import traceback
import types
import weakref
from _thread import _count

from ..shared import report
from ..shared.exceptions import FILENAME, describe, message_of
from . import harness_imports

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

_TIMERS = (_signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF)
_HAS_MIDDLE = sys.version_info < (3, 14)
"""Whether a collection of generation 1 takes everything that survived one of generation 0."""


def equals_anything(thing: Any) -> bool:
    """Return whether an object claims to equal an object that it cannot know."""
    try:
        return bool(thing == object())
    except Exception:
        return False


class _Litter:
    __slots__ = ("__weakref__", "itself")
    itself: _Litter


def _litter() -> weakref.ref[_Litter]:
    """Return a reference that leads to garbage until the next collection of any generation."""
    litter = _Litter()
    litter.itself = litter
    return weakref.ref(litter)


class Program:
    """The program, in the process that it runs in."""

    def __init__(self, source: str, name: str, encode: Any, harness: str = "") -> None:
        self.source = source.removeprefix("\ufeff")  # a byte order mark is not part of a program
        self.name = name
        self.during = "compile"
        self._encode = encode
        self.harness = harness  # see harness_imports.py
        self.code: types.CodeType | None = None
        self._ran: types.ModuleType | None = None
        self._module: types.ModuleType | None = None
        self._litter = _litter()

    @property
    def lines(self) -> list[str]:
        return self.source.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def compile(self) -> None:
        """Compile the program, once for all its tests."""
        if self.code is None:
            self.during = "compile"
            try:
                self.code = compile(self.source, FILENAME, "exec", dont_inherit=True)
            except SyntaxError as error:
                if not self.harness or self.name != "__main__":
                    raise
                self.code = harness_imports.compile_with_return(self.source, FILENAME, error)

    def run(self) -> types.ModuleType:
        """Run the top level as a module, as ``python solution.py`` or an import would."""
        self.compile()
        assert self.code is not None
        self.during = "test" if self.name == "__main__" else "load"
        module = self._ran = types.ModuleType(self.name)
        module.__dict__.update(__file__=FILENAME, __builtins__=sys.modules["builtins"])
        linecache.cache[FILENAME] = (
            lambda: self.source,
        )  # an entry that is read when it is asked for
        sys.modules[self.name] = module
        if self.harness:
            harness_imports.prepare(self.harness)
            on_stdin = self.name == "__main__"
            module.__dict__.update(
                harness_imports.names(self.code, self.harness, on_stdin=on_stdin)
            )
        try:
            exec(self.code, module.__dict__)
        except harness_imports.Returned:
            return module
        self.during = "test"
        return module

    def load(self) -> types.ModuleType:
        """Run the top level if it has not run to its end in this process before."""
        if self._module is None:
            self._module = self.run()
        return self._module

    def clear(self) -> None:
        """Drop the program's objects, so that its files are flushed and closed.

        As the interpreter does it, but with a collection before as well, so that garbage is closed
        in the right order: a file before the buffer that it writes to.
        """
        is_young = (
            self._litter() is not None
        )  # everything is new, and a full collection would be expensive
        gc.collect(0 if is_young else 2)
        if self._ran is not None:
            self._ran.__dict__.clear()
        gc.collect(1 if is_young and _HAS_MIDDLE else 2)
        self._litter = _litter()

    def report_exception(self, error: BaseException) -> None:
        """Report what the program raised, and print the traceback that a person would see."""
        self.report_exit(error)
        self._print_traceback(error)

    def report_exit(self, error: BaseException) -> None:
        """Report what ended the program, for which the interpreter prints no traceback."""
        report.write(report.EXCEPTION, self._encode(describe(error, self.during, self.lines)))

    def _print_traceback(self, error: BaseException) -> None:
        at = error.__traceback__
        while at is not None and at.tb_frame.f_code.co_filename != FILENAME:
            at = at.tb_next
        try:
            traceback.print_exception(type(error), error, at, limit=-20, file=sys.__stderr__)
        except BaseException:
            return


def exit_code(error: SystemExit) -> int:
    """Return the exit code that the interpreter would choose for a SystemExit."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(message_of(error), file=sys.__stderr__)
    return 1


def end_like_python() -> None:
    """Wait for other threads, then run exit functions, as the interpreter does at its end."""
    if has_threads():
        _wait_for_threads()
    atexit._run_exitfuncs()


def stop_timers() -> None:
    """Stop all timers, so that none goes off in the next test."""
    if "signal" in sys.modules:
        for timer in _TIMERS:
            _signal.setitimer(timer, 0)


def has_threads() -> bool:
    """Return whether there is another thread than this one."""
    return _count() > 0


def _wait_for_threads() -> None:
    pools: Any = sys.modules.get("concurrent.futures.thread")
    if pools is not None:
        pools._python_exit()  # ends the threads of executors
        pools._shutdown = False  # the next test of the same program may have executors too
    while others := [thread for thread in threading.enumerate() if _is_awaited(thread)]:
        for thread in others:
            thread.join()


def _is_awaited(thread: threading.Thread) -> bool:
    return thread is not threading.current_thread() and not thread.daemon
