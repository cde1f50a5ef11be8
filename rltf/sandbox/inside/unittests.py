"""Test code in the form of ``unittest.TestCase`` classes: its test methods are run, one after another."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    import unittest
    from typing import Any

MODULE = "__test__"
"""The ``__name__`` of test code."""


def prepare(code: str) -> None:
    """Before test code runs: what it says to run its classes with does nothing, since ``run`` does it."""
    if "unittest" in code:
        import unittest

        unittest.main = unittest.TestProgram = lambda *_args, **_kwargs: None  # type: ignore


def run(namespace: dict[str, Any]) -> bool | None:
    """Runs the test methods of all classes of the test code; whether one was run, ``None``: no classes.

    Raises:
        BaseException: What the first test that did not hold has raised.
    """
    unittest = sys.modules.get("unittest")
    if unittest is None:
        return None
    loader = unittest.TestLoader()
    found = [
        loader.loadTestsFromTestCase(thing)
        for thing in list(namespace.values())
        if isinstance(thing, type)
        and thing.__module__ == MODULE
        and issubclass(thing, unittest.TestCase)
    ]
    if not found:
        return None
    result = _result(unittest)
    unittest.TestSuite(found).run(result)
    if result.error is not None:
        raise result.error
    return bool(result.testsRun > len(result.skipped))


def _result(unittest: Any) -> Any:
    class Result(unittest.TestResult):  # type: ignore[misc]
        """Stops at the first test that does not hold, and keeps what it raised."""

        error: BaseException | None = None

        def addError(self, test: unittest.TestCase, err: Any) -> None:
            self.error = self.error or err[1]
            self.stop()

        addFailure = addError

        def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
            if err is not None:
                self.addError(test, err)

        def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
            self.addError(test, (None, AssertionError(f"{test} was expected to fail"), None))

    return Result()
