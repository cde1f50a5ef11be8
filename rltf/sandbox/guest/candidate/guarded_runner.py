"""Test code and program in one process, for tests that need the program's own objects there.

The guard (guard.py) is up before the program is loaded. To pass takes a secret, which comes with the
test's code after that; the guard reports it when the code has run to its end, if a check has run and
the program has changed nothing of what the test means.
"""

from __future__ import annotations

import builtins
import linecache
import re
import sys
import types

from ..shared import exceptions, job_codec, report, test_seed, values
from ..test_code import (
    check_instrumentation,
    executed_checks,
    fixtures,
    test_cases,
    test_functions,
    tolerated_failures,
)
from ..test_code.expected_names import INDIRECT
from . import foreign_objects, guarded_arithmetic, guarded_checks, guarded_names, program_import
from .guard import Guard, module_of
from .program import Program
from .test_endings import IMPORTS, Endings

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

LOAD, TEST = b"L", b"T"
"""The first byte of a step."""
_MODULE_WORDS = ("__name__", "__test__", "hints", "modules", "pickle", "shelve", "Module")
"""Words of a test that may look for its own module."""
MODULES = frozenset(
    f"{__package__}.{name}"
    for name in (
        *("guard", "guarded_checks", "guarded_names", "guarded_runner", "foreign_objects"),
        *("guarded_arithmetic", "own_methods"),
        *("loop_of_guarded_test", "private_frameworks", "program_import", "separate_builtins"),
        *("test_endings", "type_attributes", "watched_words"),
    )
)
"""What runs in each guarded test, and cannot be rehearsed."""
_WORDS = re.compile(r"\w+")
_TAMPERING, _LIAR = "Tampering", "EqualsAnything"
"""Error types of a program that cheats (``judging.outcomes``)."""


class _Host(test_functions.Host):
    """A test beside the program. Its module shows nothing while the program runs."""

    def __init__(self, guard: Guard, endings: Endings, code: str) -> None:
        super().__init__(lambda error: not endings.is_tests_own(error))
        self._guard = guard
        self._needs_module = any(word in code for word in _MODULE_WORDS)

    def prepare(self, code: str) -> None:
        pass  # done before the program was loaded (private_frameworks.py)

    def module(self, namespace: dict[str, Any]) -> Any:
        hides = self._guard.runs_program if self._needs_module else lambda: True
        return module_of(namespace, hides)


_ready: list[Guard] = []


def prepare(lib: Any) -> None:
    """Make what each guarded test needs, before the fork."""
    _ready.append(Guard(lib))


def rehearse(code: str) -> None:
    """Do for the warm-up what can be done without the guard: compile a test."""
    import ast

    tree = ast.parse(code, exceptions.TEST_FILENAME)
    test = executed_checks.Marks(tree, code, program=())
    test.compile(code, exceptions.TEST_FILENAME)
    test.used(), test.checked


class Guarded:
    """Loads a program once, and then runs a test beside it."""

    def __init__(self, program: Program, lib: Any, ffi: Any) -> None:
        self._program = program
        self._lib = lib
        self._ffi = ffi
        self._module: types.ModuleType | None = None
        self._guard: Any = None

    def step(self, job: Any) -> int:
        """Load the program, or run one test, and return the exit code of this step.

        The job is ``LOAD``, a secret, and (modules that the test names, what it uses members of), or
        ``TEST``, another, and (set-up code, code, names, seed, names that the test patches, names
        that it rebinds for the program too). See ``judging.guarded_jobs``.
        """
        kind = self._ffi.buffer(job.test, 1)[:]
        job.test += 1
        job.test_length -= 1
        self._lib.rltf_guard_take(job)
        # before the test is read with what the program may have replaced
        if self._guard is not None and not self._guard.noted()[1]:
            return self._report(AssertionError())
        data = job_codec.unpack(self._ffi.buffer(job.test, job.test_length))
        if kind == LOAD:
            return self._load(*data)
        if self._module is None:
            return 1  # the process that loaded it is gone
        return self._test(*data)

    def _test(
        self,
        setup_code: str,
        code: str,
        order: Any,
        seed: bytes,
        patched: tuple[str, ...],
        rebound: tuple[str, ...],
    ) -> int:
        of_program, _, _, of_python = order
        guard, names = self._guard, frozenset(patched)
        endings = Endings((setup_code, code), guard.is_programs)
        try:
            guard.words.is_patched = "modules" in names
            guard.freeze(guard.words.unpatched_classes(names))
            guarded_names.direct_builtins(names, guard.builtins[3])
            assert self._module is not None
            namespace = guarded_names.names_of(
                self._module,
                self._program.source,
                setup_code + code,
                of_program,
                of_python,
                rebound,
            )
            namespace.update(guard.words.load(of_python))
            namespace.update(
                __name__=test_cases.MODULE, __builtins__=builtins, __file__=test_cases.FILE
            )
            guard.begin(names, namespace)
            linecache.clearcache()  # which the program may have filled with another text
            linecache.cache[exceptions.FILENAME] = (lambda: self._program.source,)
            test_seed.seed(seed)
            host = _Host(guard, endings, setup_code + code)
            finding = self._run(setup_code, code, namespace, host, of_python)
        except BaseException as error:
            finding = self._broken(error, endings)
            if finding is None:
                return self._report(error)
        return self._end(finding)

    def _end(self, finding: tuple[str, str] | None) -> int:
        """Report the finding of a test that has come to its end."""
        match finding:
            case None:
                # what the guard has seen counts more
                return 0 if self._guard.passed() else self._report(AssertionError("no check ran"))
            case (executed_checks.BROKEN, why):
                # with the secret, so that no program can make a test look broken
                self._guard.broken(why)
                return 0
            case (executed_checks.FAILED, why):
                return self._report(AssertionError(why))
            case (_, name):
                return self._report(NameError(f"name {name!r} is not defined"))

    def _broken(self, error: BaseException, endings: Endings) -> tuple[str, str] | None:
        """Return the finding of a test that raises this error with every program, else ``None``."""
        if exceptions.came_through_program(error):
            return None
        if isinstance(error, fixtures.Unfit) and not error.is_of_data:
            return executed_checks.BROKEN, str(error)
        is_missing = self._guard.lacks_pytest and test_functions.is_pytest_missing(error)
        if is_missing and endings.is_tests_own(error, IMPORTS):
            return executed_checks.BROKEN, test_functions.MISSING
        return None

    def _run(
        self,
        setup_code: str,
        code: str,
        names: dict[str, Any],
        host: test_functions.Host,
        of_python: Collection[str],
    ) -> tuple[str, str] | None:
        """Run one test, and return its finding when nothing was raised: ``None`` if it passed."""
        import ast

        assert self._module is not None
        program = {
            name: thing for name, thing in list(vars(self._module).items()) if name[:2] != "__"
        }
        whole = setup_code + "\n" + code
        host.prepare(whole)
        tree = ast.parse(whole, exceptions.TEST_FILENAME)
        test = executed_checks.Marks(tree, whole, program)
        test.use(self._guard.use_marks, self._guard.mark)
        guard = self._guard
        words = frozenset(_WORDS.findall(whole))
        foreign = foreign_objects.Foreign(
            words, program, guard.is_programs, guard.hidden, self._module.__name__
        )
        arithmetic = guarded_arithmetic.Arithmetic(guard.lose, foreign)
        checks = guarded_checks.Checks(
            guard.mark, guard.lose, guard.is_programs, foreign, arithmetic
        )
        names.update(
            {
                check_instrumentation.RAN: test.take,
                check_instrumentation.CHECK: checks.check,
                check_instrumentation.COMPARE: checks.compare,
                check_instrumentation.COMPUTE: arithmetic.compute,
                check_instrumentation.AUGMENT: arithmetic.augment,
                check_instrumentation.PLACE: guarded_arithmetic.Place,
                check_instrumentation.CALCULATE: arithmetic.calculate,
                check_instrumentation.CALL: checks.call,
                check_instrumentation.STAR: guarded_names.Stars(names, tree, of_python).note,
            }
        )
        # both, before the program is called
        codes = [test.compile(each, exceptions.TEST_FILENAME) for each in (setup_code, code)]
        exec(codes[0], names)
        test_functions.run(codes[1], names, test, host)
        known = vars(builtins) | names
        of_program = program.keys() - vars(builtins).keys()
        if tolerated_failures.are_hidden(test, tree, whole, known, of_program):
            return executed_checks.FAILED, "an assertion failed, and the test was kept from it"
        owned = {id(thing) for thing in (self._module, *program.values())}
        asked = any(
            name in (program.keys() | test.imported | INDIRECT) or id(names.get(name)) in owned
            for name in test.used()
        )
        finding = test.finding(
            asked, lambda name: not hasattr(builtins, name) and name not in names, names
        )
        if finding is None and not test.checked:
            guard.mark(0)  # a test without checks only requires that it comes to its end
        return finding

    def _load(self, modules: tuple[str, ...], owners: tuple[str, ...]) -> int:
        self._guard = _ready.pop()
        self._guard.put_up(list(modules), owners)
        try:
            self._module = self._program.run()
            assert self._program.code is not None
            program_import.ProgramImporter(self._program.name, self._program.code).install(
                self._module
            )
        except BaseException as error:
            self._program.report_exception(error)
            return 1
        self._guard.loaded()
        return 0

    def _report(self, error: BaseException) -> int:
        noted, may_pass = self._guard.noted()
        if not may_pass:
            error = AssertionError(noted)
        # a name that the test uses and does not define is expected of the program
        elif isinstance(error, NameError) or exceptions.raised_by_program(error):
            self._program.report_exception(error)
            return 1
        description: Any = exceptions.describe(error, "judge", self._program.lines)
        if not may_pass:
            is_liar = noted in (guarded_checks.LIAR, guarded_arithmetic.CALCULATOR)
            description = (_LIAR if is_liar else _TAMPERING, *description[1:])
        report.write(report.CHECK_FAILED, values.encode(description))
        print(description[0], description[1], sep=": ", file=sys.__stderr__)
        return 1
