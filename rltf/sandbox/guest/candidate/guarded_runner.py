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
from importlib.machinery import PathFinder

from ..both import job_codec, programs, python_names, report, test_seed, values
from ..test_code import check_marks, fixtures, test_cases, test_functions

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


class Guarded:
    """A program that is loaded once, and then runs tests beside it."""

    def __init__(self, program: programs.Program) -> None:
        self._program = program
        self._module: types.ModuleType | None = None
        # a program can make it look missing once it runs
        self._lacks_pytest = PathFinder.find_spec("pytest") is None

    def turn(self, data: job_codec.Data) -> int:
        """Loads the program, or runs one test: (set-up code, code, names, seed, secret).

        The exit code of the turn.
        """
        if not data:
            return self._load()
        if self._module is None:
            return 1  # the process that had loaded it is gone
        setup_code, code, (of_program, _, _, of_python), seed, secret = job_codec.unpack(data)
        host = test_functions.Host(programs.raised_by_program)
        try:  # what the program has made of the modules that are used here is its own doing
            names = self._names(of_program, of_python)
            test_seed.seed(seed)
            said = self._run(setup_code, code, names, host)
        except BaseException as error:
            said = self._broken(error)
            if said is None:
                return self._report(error)
        match said:
            case None:
                report.write(report.VALUE, values.encode(secret))
                return 0
            case (check_marks.BROKEN, why):
                # a program that could say so would not lose
                report.write(report.BROKEN_TEST, values.encode(secret) + why.encode())
                return 0
            case (check_marks.FAILED, why):
                return self._report(AssertionError(why))
            case (_, name):
                return self._report(NameError(f"name {name!r} is not defined"))

    def _broken(self, error: BaseException) -> tuple[str, str] | None:
        """What to say of a test that would raise this beside every program; ``None``: it might not."""
        if programs.came_through_program(error):
            return None
        if isinstance(error, fixtures.Unfit):
            return check_marks.BROKEN, str(error)
        if self._lacks_pytest and test_functions.is_pytest_missing(error):
            return check_marks.BROKEN, test_functions.MISSING
        return None

    def _run(
        self, setup_code: str, code: str, names: dict[str, Any], host: test_functions.Host
    ) -> tuple[str, str] | None:
        """Runs one test; what is to be said of it when nothing was raised."""
        import ast

        assert self._module is not None
        program = {name: thing for name, thing in vars(self._module).items() if name[:2] != "__"}
        whole = setup_code + "\n" + code
        host.prepare(whole)
        test = check_marks.Marks(ast.parse(whole, programs.TEST_FILENAME), whole, program)
        names[check_marks.RAN] = test.take
        exec(test.compile(setup_code, programs.TEST_FILENAME), names)
        test_functions.run(test.compile(code, programs.TEST_FILENAME), names, test, host)
        known = {id(thing) for thing in (self._module, *program.values())}
        asked = any(
            name in (program.keys() | test.imported | check_marks.INDIRECT)
            or id(names.get(name)) in known
            for name in test.used()
        )
        return test.finding(
            asked, lambda name: not hasattr(builtins, name) and name not in names, names
        )

    def _names(
        self, of_program: tuple[str, ...], of_python: dict[str, python_names.Origin]
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
                names[name] = python_names.load(origin)
        names.update(__name__=test_cases.MODULE, __builtins__=builtins)
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
            report.write(report.CHECK_FAILED, values.encode(described))
            print(described[0], described[1], sep=": ", file=sys.__stderr__)
        return 1
