"""Test code and program in one process, for tests that need the program's own objects there.

Nothing can be kept from a program in its own process: it may change what the test's words mean. It
is only kept from ending the test early. To pass takes a secret, which comes with the test's code
after the program was loaded, and is reported when the code has run to its end.
"""

from __future__ import annotations

import builtins
import contextlib
import sys
import types
from importlib.machinery import PathFinder

from ..shared import exceptions, job_codec, python_names, report, test_seed, values
from ..test_code import executed_checks, fixtures, mark_rewriter, test_cases, test_functions
from ..test_code.expected_names import INDIRECT
from .program import Program

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from typing import Any


class Guarded:
    """Loads a program once, and then runs tests beside it."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._module: types.ModuleType | None = None
        # looked up now: once the program runs, it can make pytest look missing
        self._lacks_pytest = PathFinder.find_spec("pytest") is None

    def step(self, data: job_codec.Data) -> int:
        """Load the program, or run one test, and return the exit code of this step.

        ``data`` is empty to load the program, else (set-up code, code, names, seed, secret).
        """
        if not data:
            return self._load()
        if self._module is None:
            return 1  # the process that loaded it is gone
        setup_code, code, (of_program, _, _, of_python), seed, secret = job_codec.unpack(data)
        host = test_functions.Host(exceptions.raised_by_program)
        try:  # the program may have changed the modules used here, at its own risk
            names = self._names(of_program, of_python)
            test_seed.seed(seed)
            finding = self._run(setup_code, code, names, host)
        except BaseException as error:
            finding = self._broken(error)
            if finding is None:
                return self._report(error)
        match finding:
            case None:
                report.write(report.VALUE, values.encode(secret))
                return 0
            case (executed_checks.BROKEN, why):
                # with the secret, so that no program can make a test look broken
                report.write(report.BROKEN_TEST, values.encode(secret) + why.encode())
                return 0
            case (executed_checks.FAILED, why):
                return self._report(AssertionError(why))
            case (_, name):
                return self._report(NameError(f"name {name!r} is not defined"))

    def _broken(self, error: BaseException) -> tuple[str, str] | None:
        """Return the finding of a test that raises this error with every program, else ``None``."""
        if exceptions.came_through_program(error):
            return None
        if isinstance(error, fixtures.Unfit):
            return executed_checks.BROKEN, str(error)
        if self._lacks_pytest and test_functions.is_pytest_missing(error):
            return executed_checks.BROKEN, test_functions.MISSING
        return None

    def _run(
        self, setup_code: str, code: str, names: dict[str, Any], host: test_functions.Host
    ) -> tuple[str, str] | None:
        """Run one test, and return its finding when nothing was raised: ``None`` if it passed."""
        import ast

        assert self._module is not None
        program = {name: thing for name, thing in vars(self._module).items() if name[:2] != "__"}
        whole = setup_code + "\n" + code
        host.prepare(whole)
        test = executed_checks.Marks(ast.parse(whole, exceptions.TEST_FILENAME), whole, program)
        names[mark_rewriter.RAN] = test.take
        exec(test.compile(setup_code, exceptions.TEST_FILENAME), names)
        test_functions.run(test.compile(code, exceptions.TEST_FILENAME), names, test, host)
        known = {id(thing) for thing in (self._module, *program.values())}
        asked = any(
            name in (program.keys() | test.imported | INDIRECT) or id(names.get(name)) in known
            for name in test.used()
        )
        return test.finding(
            asked, lambda name: not hasattr(builtins, name) and name not in names, names
        )

    def _names(
        self, of_program: tuple[str, ...], of_python: dict[str, python_names.Origin]
    ) -> dict[str, Any]:
        """Return the globals of test code: the program's, except for names that are Python's."""
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
        # a name that the test uses and does not define is expected of the program
        if isinstance(error, NameError) or exceptions.raised_by_program(error):
            self._program.report_exception(error)
        else:
            description: Any = exceptions.describe(error, "judge", self._program.lines)
            report.write(report.CHECK_FAILED, values.encode(description))
            print(description[0], description[1], sep=": ", file=sys.__stderr__)
        return 1
