"""A judge: runs test code in a process of its own. What it uses of the program are stubs.

The test code is trusted, and its faults are its own: what it raises before the program takes part
in the test is reported as the test's fault, never as the program's.

A test is a random seed, followed by what its mode needs. Modes of a program blob (mode, ...):
    test    set-up code, the entry point's name in the program's module, and the origins of names
            (rltf/sandbox/judging/name_origins.py); each test is code. In a folder for files, its
            fixtures come first
    check   a checker's source; each test is an answer (see checker_runner.py)
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
import types
from functools import partial
from typing import Any

from ..shared import (
    exceptions,
    folder,
    job_codec,
    python_names,
    report,
    streams,
    test_seed,
    values,
    wire,
)
from ..test_code import check_instrumentation, executed_checks, fixtures, test_cases, test_functions
from . import checker_runner, function_stubs, object_handles, text_as_code, uses_of_program
from .findings import (
    NOTHING,
    OUT_OF_MEMORY,
    PASSED,
    RAISED,
    TEST_FAULT,
    WRONG,
    Finding,
    broken_test,
)
from .session import Session

FILENAME = "<test>"
_SETUP = "<setup>"
_CHANGED_CLASS = ("TypeError", "a pickle that the test loaded has changed a class", *NOTHING[2:])

test_seed.replace_system()
_ready: list[Session] = []


def prepare(_lib: Any) -> None:
    """Make what each child needs. Done before the fork, it costs a child no page copies."""
    _ready.append(Session())


def run(lib: Any, ffi: Any, job: Any) -> int:
    """Judge all tests that this child is given, and return its exit code."""
    mode, *settings = job_codec.unpack(ffi.buffer(job.program, job.program_length))
    shared = bool(job.flags & wire.PROGRAM_SHARED)
    if folder.path and mode == "test":
        folder.place(settings.pop(0), is_shared=True)
    session = _ready.pop()
    lib.rltf_release()
    while True:
        has_changed_classes = False
        data = bytes(ffi.buffer(job.test, job.test_length))
        test_seed.seed(data[: wire.TEST_SEED_LENGTH])
        test = data[wire.TEST_SEED_LENGTH :]
        if mode == "check":
            finding, description = checker_runner.judge(settings[0], test)
        else:
            code = test.decode("utf-8", "surrogatepass")
            try:
                finding, description = _exact(session, _judge(session, code, *settings))
            finally:
                has_changed_classes = text_as_code.end()
                session.end_environment()
            if has_changed_classes:
                finding, description = WRONG, _CHANGED_CLASS
        report.write(report.JUDGED, values.encode((finding, *description)))
        streams.flush()
        if not shared or has_changed_classes or not lib.rltf_next_test(0, job):
            return 0


def _exact(session: Session, finding: Finding) -> Finding:
    """Return the finding, or that splitting cannot judge what the test compares."""
    if finding[0] != WRONG or not session.compared_with_data:
        return finding
    session.unsplit(f"the test compares a {session.compared_with_data} with plain data")
    return session.ended or finding


def _judge(
    session: Session, code: str, setup_code: str, root: str | None, names: python_names.Order
) -> Finding:
    test: executed_checks.Marks | None = None
    try:
        session.open()
        tree = ast.parse(setup_code + "\n" + code, FILENAME)
        of_program, classes, modules, of_python = names
        namespace = _Namespace(session, frozenset(of_program), of_python)
        namespace.update(
            __name__=test_cases.MODULE, __builtins__=builtins, __file__=test_cases.FILE
        )
        for name, source in ((_SETUP, setup_code), (FILENAME, code)):
            linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
        host = test_functions.Host(object_handles.came_from_program)
        host.prepare(setup_code + code)
        test = executed_checks.Marks(tree, code)
        namespace[check_instrumentation.RAN] = test.take
        sys.modules["solution"] = _Solution(session)
        session.expected = set(classes)
        session.bind(namespace, of_program)
        session.bind_modules(namespace, modules)
        session.begin_environment(setup_code + code)
        compiled = test.compile(setup_code, _SETUP), test.compile(code, FILENAME)
        report.write(report.BEGUN, b"")
        text_as_code.begin(session, setup_code + "\n" + code)
        exec(compiled[0], namespace)
        if root is not None:
            session.bind(namespace, (root,))  # set-up code must not replace it
        test_functions.run(compiled[1], namespace, test, host)
        return session.ended or _verdict(session, test, namespace)
    except fixtures.Unfit as error:
        if session.takes_part and error.is_of_data:
            return session.ended or (WRONG, exceptions.describe(error, "judge", []))
        return session.ended or broken_test(str(error))
    except BaseException as error:
        # what a test has swallowed counts more than how it ended
        finding = session.ended or _finding_of(error, session, setup_code, code)
        missed = finding[0] == TEST_FAULT and test is not None and _missed(session, test, namespace)
        return missed or finding


def _missed(session: Session, test: executed_checks.Marks, namespace: _Namespace) -> Finding | None:
    """Return the finding of a test that broke after it used a name that the program lacks."""
    names = sorted(test.names() & test.used())
    missing = [name for name in names if _is_missing(session, namespace, name)]
    return _lacking(missing[0]) if missing else None


def _is_missing(session: Session, namespace: _Namespace, name: str) -> bool:
    return not (namespace.is_of_python(name) or session.defines(name) or hasattr(builtins, name))


def _lacking(name: str) -> Finding:
    return RAISED, exceptions.describe(NameError(f"name {name!r} is not defined"), "judge", [])


def _verdict(session: Session, test: executed_checks.Marks, namespace: _Namespace) -> Finding:
    """Return the finding of a test that raised nothing."""
    asked = session.calls > 0 or any(
        function_stubs.is_stub_of_name(namespace.get(name)) for name in test.used()
    )
    is_missing = partial(_is_missing, session, namespace)
    match test.finding(asked, is_missing, namespace, takes_part=session.takes_part):
        case (executed_checks.BROKEN, why):
            return broken_test(why)
        case (executed_checks.FAILED, why):
            return WRONG, ("AssertionError", why, *NOTHING[2:])
        case (_, name):
            return _lacking(name)
    return PASSED, NOTHING


def _finding_of(error: BaseException, session: Session, setup_code: str, code: str) -> Finding:
    if object_handles.came_from_program(error):
        return RAISED, error._rltf_description  # type: ignore[attr-defined]
    if isinstance(error, MemoryError):
        return (WRONG if session.takes_part else TEST_FAULT), OUT_OF_MEMORY
    description = exceptions.describe(error, "judge", [])
    if isinstance(error, NameError):
        # a name that the test uses and does not define is expected of the program
        return RAISED, description
    if test_functions.is_pytest_missing(error):
        return broken_test(test_functions.MISSING)
    if isinstance(error, AssertionError) or session.takes_part:
        return WRONG, description
    for name, text in ((_SETUP, setup_code), (FILENAME, code)):
        if uses_of_program.names_program(error, name, text):
            return WRONG, description
    return TEST_FAULT, description


class _Solution(types.ModuleType):
    """What test code gets when it imports the program: stubs, and current values."""

    __all__ = ()  # for a star import: the names that the test uses are bound already

    def __init__(self, session: Session) -> None:
        super().__init__("solution")
        self._session = session
        self._stdout = sys.stdout
        self._is_imported = False
        self.unpickled = object_handles.unpickled

    @property
    def __spec__(self) -> None:  # type: ignore[override]
        """Nothing. Each ``import`` asks for it, and the first one loads the program in CPython."""
        if not self._is_imported:
            self._is_imported = True
            if sys.stdout is not self._stdout:
                printed = self._session.request("printed")
                sys.stdout.write(printed if type(printed) is str else "")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system asks for these
            raise AttributeError(name)
        return self._session.member(name)


class _Namespace(dict[str, Any]):
    """The globals of test code. Data in the program's module is read again at each use."""

    def __init__(
        self,
        session: Session,
        of_program: frozenset[str],
        of_python: dict[str, python_names.Origin],
    ) -> None:
        super().__init__()
        self._session = session
        self._of_program = of_program
        self._of_python = of_python

    def __missing__(self, name: str) -> Any:
        if name in self._of_program:
            return self._session.member(name)
        if hasattr(builtins, name):
            raise KeyError(name)
        origin = self._of_python.get(name) or _origin(name)
        if origin is None:
            return self._session.member(name)
        loaded = self[name] = python_names.load(origin)
        return loaded

    def is_of_python(self, name: str) -> bool:
        """Return whether a name means something without the program."""
        return name in self or name in self._of_python or _origin(name) is not None


def _origin(name: str) -> python_names.Origin | None:
    """Return Python's meaning of a name that is not in the test's text, such as in ``eval``."""
    return (name, "") if name in python_names.MODULES else python_names.home(name)
