"""Test code and program in one process, for tests that need the program's own objects there.

Nothing can be kept from a program in its own process: it may change what the test's words mean. It is
only kept from ending the test early: passing takes a secret that comes with the test's code, after the
program has been loaded, and is given back when the code has run to its end.
"""

from __future__ import annotations

import builtins
import contextlib
import sys
import types

from . import draws, orders, programs, standard, unittests, values

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any

FAILED = b"W"  # an assert failed, or the program's values broke the test code


class Guarded:
    """A program that is loaded once, and then runs tests beside it."""

    def __init__(self, program: programs.Program) -> None:
        self._program = program
        self._module: types.ModuleType | None = None

    def turn(self, data: orders.Data) -> int:
        """Loads the program, or runs one test: (set-up code, code, names, seed, secret).

        The exit code of the turn.
        """
        if not data:
            return self._load()
        if self._module is None:
            return 1  # the process that had loaded it is gone
        setup_code, code, (of_program, _, _, of_python), seed, secret = orders.unpack(data)
        try:  # what the program has made of the modules that are used here is its own doing
            names = self._names(of_program, of_python)
            draws.seed(seed)
            unittests.prepare(setup_code + code)
            for part in (setup_code, code):
                exec(compile(part, programs.TEST_FILENAME, "exec", dont_inherit=True), names)
            unittests.run(names)
        except BaseException as error:
            return self._report(error)
        programs.report(programs.VALUE, values.encode(secret))
        return 0

    def _names(
        self, of_program: tuple[str, ...], of_python: dict[str, standard.Origin]
    ) -> dict[str, Any]:
        """The globals of test code: the program's, but for names that are Python's."""
        names = {
            name: thing
            for name, thing in vars(self._module).items()
            if name in of_program or not hasattr(builtins, name)
        }
        for name, origin in of_python.items():
            names.pop(name, None)
            with contextlib.suppress(KeyError):
                names[name] = standard.load(origin)
        names.update(__name__=unittests.MODULE, __builtins__=builtins)
        return names

    def _load(self) -> int:
        try:
            self._module = self._program.run()
        except BaseException as error:
            self._program.report_exception(error)
            return 1
        return 0

    def _report(self, error: BaseException) -> int:
        # a name that the test uses and does not define is one that it expects of the program
        if isinstance(error, NameError) or programs.raised_by_program(error):
            self._program.report_exception(error)
        else:
            described: Any = programs.describe(error, "judge", self._program.lines)
            programs.report(FAILED, values.encode(described))
            print(described[0], described[1], sep=": ", file=sys.__stderr__)
        return 1
