"""Running the methods of ``unittest.TestCase`` classes in order, up to the first failure."""

from __future__ import annotations

import sys

from . import frameworks

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import unittest
    from collections.abc import Callable
    from typing import Any

    from . import executed_checks, test_functions

MODULE = "__test__"
"""The ``__name__`` of test code."""
FILE = "test.py"
"""The ``__file__`` of test code, which it may open (csrc/broker_files.c)."""


def is_case(thing: Any) -> bool:
    """Return whether it is a class of tests."""
    unittest = frameworks.loaded("unittest")
    return unittest is not None and isinstance(thing, type) and issubclass(thing, unittest.TestCase)


_unheard: list[BaseException] = []
_KEPT = ("addError", "addFailure", "addSubTest", "addSkip")


def prepare(code: str) -> None:
    """Disable ``unittest.main()``, and record exceptions of tests that the code runs itself."""
    _unheard.clear()
    if "unittest" not in code:
        return
    import unittest

    unittest.main = unittest.TestProgram = lambda *_args, **_kwargs: None  # type: ignore
    kind: Any = unittest.TestResult
    if not hasattr(kind, "_rltf_keeps"):
        kind._rltf_keeps = True
        for name in _KEPT:
            setattr(kind, name, _keeping(getattr(kind, name)))


def _keeping(method: Any) -> Any:
    def add(self: Any, case: Any, *outcome: Any) -> None:
        error = sys.exc_info()[1] or next(
            (each[1] for each in outcome if type(each) is tuple), None
        )
        if error is not None:
            _unheard.append(error)
        method(self, case, *outcome)

    return add


def unheard() -> list[BaseException]:
    """Return an exception of a test that the test code ran itself and may have ignored."""
    return _unheard


def run(
    kind: Any,
    is_skipped: Callable[[str], bool],
    test: executed_checks.Marks,
    host: test_functions.Host,
    begin: Callable[[Any], None],
    end: Callable[[], None],
) -> None:
    """Run the test methods of a class.

    Args:
        kind: The class.
        is_skipped: Tells whether a mark of pytest skips the method of that name.
        test: The marks that it leaves.
        host: Where it runs.
        begin: Called with each test case before it runs, and ``end`` after it.

    Raises:
        BaseException: What the first test that failed raised.
    """
    unittest = frameworks.loaded("unittest")
    loader = unittest.TestLoader()
    names = [name for name in loader.getTestCaseNames(kind) if not is_skipped(name)]
    if not names and hasattr(kind, "runTest"):
        names = ["runTest"]
    result = _result(unittest, test, host, begin, end)
    unittest.TestSuite(map(kind, names)).run(result)
    if result.error is not None:
        raise result.error


def _result(unittest: Any, test: Any, host: Any, begin: Any, end: Any) -> Any:
    class Result(unittest.TestResult):  # type: ignore[misc]
        """Stops at the first test that fails, and keeps its exception."""

        error: BaseException | None = None
        before: frozenset[Any] = frozenset()

        def startTest(self, case: unittest.TestCase) -> None:
            super().startTest(case)
            self.before = test.now()
            begin(case)

        def stopTest(self, case: unittest.TestCase) -> None:
            super().stopTest(case)
            end()

        def addSkip(self, case: unittest.TestCase, reason: str) -> None:
            raised = sys.exc_info()[1]
            if raised is not None and not host.skips(raised):
                self.addError(case, (None, raised, None))
            else:
                test.withdraw(self.before)

        def addError(self, case: unittest.TestCase, err: Any) -> None:
            if host.skips(err[1]):  # by pytest.skip
                test.withdraw(self.before)
                return
            self.error = self.error or err[1]
            self.stop()

        addFailure = addError

        def addSubTest(self, case: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
            if err is not None:
                self.addError(case, err)

        def addExpectedFailure(self, case: unittest.TestCase, err: Any) -> None:
            test.forgive(self.before)

        def addUnexpectedSuccess(self, case: unittest.TestCase) -> None:
            self.addError(case, (None, AssertionError(f"{case} was expected to fail"), None))

    return Result()
