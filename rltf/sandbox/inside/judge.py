"""A judge: test code in a process of its own. Where it names the program, it gets stubs.

The test code is trusted, and its faults are its own: what it raises before the program had a part in
it is reported as the test's fault, never as the program's.

Modes of a program blob (mode, ...):
    test    set-up code and entry point; each test is code
    check   a checker's source; each test is an answer (see checker.py)
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
import types
from typing import Any

from . import (
    checker,
    fixtures,
    handles,
    marks,
    orders,
    programs,
    pytests,
    streams,
    stubs,
    unittests,
    values,
)
from .session import NOTHING, OUT_OF_MEMORY, PASSED, RAISED, TEST_FAULT, WRONG, Session

FILENAME = "<test>"
_SETUP = "<setup>"
FILE = "test.py"
"""What test code opens as ``__file__`` (csrc/broker.c)."""
# Kinds of report frames
BEGUN = b"B"  # the test's code is reached; before that, the program's names keep the judge busy
JUDGED = b"J"  # (finding, *description)


def run(lib: Any, ffi: Any, job: Any) -> int:
    """Judges all tests that this child is given; its exit code."""
    mode, *given = orders.unpack(ffi.buffer(job.program, job.program_length))
    shared = bool(job.flags & orders.SHARED)
    session = Session()
    lib.rltf_release()
    while True:
        test = bytes(ffi.buffer(job.test, job.test_length))
        if mode == "check":
            finding, description = checker.judge(given[0], test)
        else:
            code = test.decode("utf-8", "surrogatepass")
            finding, description = _judge(session, code, *given)
        programs.report(JUDGED, values.encode((finding, *description)))
        streams.flush()
        if not shared or not lib.rltf_next_test(0, job):
            return 0


def _judge(
    session: Session, code: str, setup_code: str, entry_point: str | None
) -> tuple[str, tuple[Any, ...]]:
    try:
        session.open()
        tree = ast.parse(setup_code + "\n" + code, FILENAME)
        root = None if entry_point is None else entry_point.split(".")[0].removesuffix("()")
        namespace = _Namespace(session, __name__=unittests.MODULE, __builtins__=builtins)
        namespace["__file__"] = FILE
        for name, source in ((_SETUP, setup_code), (FILENAME, code)):
            linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
        host = pytests.Host(handles.came_from_program, session.unsplit)
        host.prepare(setup_code + code)
        test = marks.Marks(tree, code)
        namespace[marks.RAN] = test.take
        sys.modules["solution"] = _Solution(session)
        session.expected = _classes(tree) - {root}
        session.bind(namespace, tree, root)
        programs.report(BEGUN, b"")
        exec(test.compile(setup_code, _SETUP), namespace)
        if root is not None:
            session.bind_entry(namespace, root)
        pytests.run(test.compile(code, FILENAME), namespace, test, host)
        return session.ended or _verdict(session, test, namespace)
    except fixtures.Unfit as error:
        return session.ended or (TEST_FAULT, ("", str(error), *NOTHING[2:]))
    except BaseException as error:
        # what a test has swallowed on the way counts more than what came of it
        return session.ended or _found(error, session)


def _verdict(
    session: Session, test: marks.Marks, namespace: dict[str, Any]
) -> tuple[str, tuple[Any, ...]]:
    """The finding of a test in which nothing was raised."""

    def is_missing(name: str) -> bool:
        return not (name in namespace or session.defines(name) or hasattr(builtins, name))

    asked = session.calls > 0 or any(
        isinstance(namespace.get(name), stubs.FunctionStub | stubs.ClassStub | stubs.ExceptionStub)
        for name in test.used()
    )
    match test.finding(asked, is_missing, namespace):
        case (marks.BROKEN, why):
            return TEST_FAULT, ("", why, *NOTHING[2:])
        case (marks.FAILED, why):
            return WRONG, ("AssertionError", why, *NOTHING[2:])
        case (_, name):
            error = NameError(f"name {name!r} is not defined")
            return RAISED, programs.describe(error, "judge", [])
    return PASSED, NOTHING


def _found(error: BaseException, session: Session) -> tuple[str, tuple[Any, ...]]:
    if handles.came_from_program(error):
        return RAISED, error._rltf_description  # type: ignore[attr-defined]
    if isinstance(error, MemoryError):
        return (WRONG if session.calls else TEST_FAULT), OUT_OF_MEMORY
    description = programs.describe(error, "judge", [])
    if isinstance(error, NameError):
        # a name that the test uses and does not define is one that it expects of the program
        return RAISED, description
    if pytests.is_pytest_missing(error):
        return TEST_FAULT, ("", pytests.MISSING, *NOTHING[2:])
    if isinstance(error, AssertionError) or session.calls:
        return WRONG, description
    return TEST_FAULT, description


def _classes(tree: ast.AST) -> set[str]:
    """Names by which a test seems to expect classes of the program: they are called, or asked for an
    attribute, are written as classes are, and are defined by nobody else.

    A program may put a class where a function is expected, and one behind any other name.
    """
    used: set[str] = set()
    bound: set[str] = set()
    of_program: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module="solution"):
                of_program.update(each.asname or each.name for each in node.names)
            case ast.Call(func=ast.Name(name)) | ast.Attribute(value=ast.Name(name)):
                used.add(name)
            case ast.Name(name, ast.Store() | ast.Del()):
                bound.add(name)
            case ast.alias(name, other):
                bound.add(other or name.partition(".")[0])
            case ast.arg(name):
                bound.add(name)
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                bound.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                bound.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                bound.add(name)
    written = {name for name in used if name.lstrip("_")[:1].isupper()}
    return written - (bound - of_program) - vars(builtins).keys()


class _Solution(types.ModuleType):
    """What test code gets when it imports the program: stubs, and values as they are now."""

    __all__ = ()  # by a star; the names that the test uses are there already

    def __init__(self, session: Session) -> None:
        super().__init__("solution")
        self._session = session

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by whoever imports
            raise AttributeError(name)
        return self._session.member(name)


class _Namespace(dict[str, Any]):
    """The globals of test code: what the program's module holds as data is read anew each time."""

    def __init__(self, session: Session, **names: Any) -> None:
        super().__init__(names)
        self._session = session

    def __missing__(self, name: str) -> Any:
        return self._session.value(name)
