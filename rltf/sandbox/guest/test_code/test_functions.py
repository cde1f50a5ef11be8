"""Running test code, and then the tests that pytest would collect from it, up to the first failure.

Tests are functions ``test*``, classes ``Test*`` and classes of ``unittest.TestCase`` that the test
code defines. Marks and fixtures are read from pytest's own objects. pytest's runner is not used,
since it takes a hundred times as long and captures the streams.
"""

from __future__ import annotations

import contextlib
import sys
import types
from functools import partial

from . import (
    collection,
    executed_checks,
    fixtures,
    frameworks,
    nodes,
    nothing_compared,
    test_cases,
)

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MISSING = "the test needs pytest, which is not installed beside rltf (pip install pytest)"


class Host:
    """Where a test runs: in a judge, or in guarded mode in the program's process.

    Args:
        came_from_program: Tells whether the program raised an exception.
    """

    def __init__(self, came_from_program: Callable[[BaseException], bool]) -> None:
        self._came_from_program = came_from_program

    def prepare(self, code: str) -> None:
        """Disable what test code may call to run its own tests. Call this before it runs."""
        test_cases.prepare(code)
        nothing_compared.prepare(code)
        if "pytest" in code:
            try:
                import pytest
            except ImportError:
                return
            pytest.main = lambda *_args, **_kwargs: 0

    def module(self, namespace: dict[str, Any]) -> Any:
        """Return the test's module for ``sys.modules``."""
        return _Here(namespace)

    def raised(self, error: BaseException, module: str, name: str) -> bool:
        """Return whether the test itself has called ``pytest.fail`` or the like."""
        raiser = getattr(frameworks.loaded(module), name, None)
        kind = getattr(raiser, "Exception", raiser)
        is_one = isinstance(kind, type) and isinstance(error, kind)
        return is_one and not self._came_from_program(error)

    def skips(self, error: BaseException) -> bool:
        """Return whether the test's own code skipped the rest of the test."""
        return self.raised(error, "unittest", "SkipTest") or self.raised(error, "pytest", "skip")

    def ends(self, error: BaseException) -> bool:
        """Return whether the test's own code ended early without a failure."""
        is_exit = isinstance(error, SystemExit) and error.code in (None, 0)
        return self.skips(error) or (is_exit and not self._came_from_program(error))


def is_pytest_missing(error: BaseException) -> bool:
    """Return whether the test failed because pytest is not installed."""
    return isinstance(error, ModuleNotFoundError) and error.name == "pytest"


def run(
    code: types.CodeType, namespace: dict[str, Any], test: executed_checks.Marks, host: Host
) -> None:
    """Run the code of a test, and the tests that it defines.

    Raises:
        BaseException: What the first test that failed raised.
    """
    sys.modules[test_cases.MODULE] = host.module(namespace)
    _execute(code, namespace, host)
    if not _Runner(namespace, test, host).run():
        main = test.compile_main(code.co_filename)
        if main is not None:
            namespace["__name__"] = "__main__"
            _execute(main, namespace, host)
    for error in test_cases.unheard():
        if not host.skips(error):
            raise error


def _execute(code: types.CodeType, namespace: dict[str, Any], host: Host) -> None:
    try:
        exec(code, namespace)
    except BaseException as error:
        if not host.ends(error):
            raise


class _Here:
    """The test's module, for ``setup_module`` and ``sys.modules[__name__]``."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.__dict__ = namespace


class _Runner:
    def __init__(self, namespace: dict[str, Any], test: executed_checks.Marks, host: Host) -> None:
        self._namespace = namespace
        self._test = test
        self._host = host
        self._has_asked = False
        self._class_setup: Any = None

    def run(self) -> bool:
        """Run all tests of the module. Return whether there was one."""
        collected = [
            (name, thing)
            for name, thing in list(self._namespace.items())
            if getattr(thing, "__module__", None) == test_cases.MODULE
            and (test_cases.is_case(thing) or collection.is_collected(name, thing))
        ]
        if not collected:
            return False
        self._has_asked = bool(self._test.used())
        self._store = fixtures.Store()
        module = collection.Group(self._namespace, None, None)
        before = self._test.now()

        def is_called(function: Any) -> bool:
            return executed_checks.place(function) in before

        tests = [
            (thing, None)
            if test_cases.is_case(thing)
            else (None, list(collection.items(module, name, thing, is_called)))
            for name, thing in collected
        ]
        here = _Here(self._namespace)
        try:
            self._around("setup_module", "setUpModule", here)
            for case, functions in tests:
                if case is not None:
                    self._run_case(module.of(case))
                else:
                    self._run_functions(functions or [])
            self._store.end("module")
            self._around("teardown_module", "tearDownModule", here)
        except BaseException as error:
            if not self._host.skips(error):
                raise
        return True

    def _around(self, name: str, other: str, here: Any) -> None:
        function = self._namespace.get(name) or self._namespace.get(other)
        if function is not None:
            _call_with(function, here)

    # ------------------------------------------------------------------- functions and classes

    def _run_functions(self, functions: list[tuple[Any, list[collection.Item]]]) -> None:
        kind: type | None = None
        for function, items in functions:
            if self._test.returns(function):
                raise fixtures.Unfit(
                    f"{function.__name__}() returns a value, so what it computes is not asserted"
                )
            if not items:
                self._leave_out(function)
            for item in items:
                if item.group.kind is not kind:
                    self._leave_class(kind)
                    kind = item.group.kind
                    self._class_setup = getattr(kind, "setup_class", None)
                self._run_item(item)
        self._leave_class(kind)

    def _leave_class(self, kind: type | None) -> None:
        self._store.end("class")
        teardown = getattr(kind, "teardown_class", None)
        if teardown is not None:
            _call_with(teardown, kind)

    def _leave_out(self, function: Any) -> None:
        """Count a skipped test as called if the program's answers may be why it is skipped."""
        if self._has_asked:
            self._test.take(executed_checks.place(function))

    def _run_item(self, item: collection.Item) -> None:
        if self._is_skipped(item):
            self._leave_out(item.function)
            return
        expected = self._expected_failure(item)
        if expected is not None and expected.kwargs.get("run", True) is False:
            return
        before = self._test.now()
        try:
            self._call_whole(item)
        except BaseException as error:
            gives_up = self._host.raised(error, "pytest", "xfail")
            if not (gives_up or self._host.skips(error) or self._is_expected(error, expected)):
                raise
            if gives_up or expected is None:
                self._test.withdraw(before)
            else:
                self._test.forgive(before)
        else:
            if expected is not None and _is_strict(expected):
                raise AssertionError(f"{item.name} was expected to fail")
        if expected is not None and not _is_strict(expected):
            self._test.withdraw(before)  # it may do either
            self._test.leave(item.function)

    def _is_expected(self, error: BaseException, mark: Any) -> bool:
        """Return whether a failure is what ``pytest.mark.xfail`` expects."""
        is_failure = isinstance(error, Exception) or self._host.raised(error, "pytest", "fail")
        raises = mark and mark.kwargs.get("raises")
        return bool(mark and is_failure and (raises is None or isinstance(error, raises)))

    def _call_whole(self, item: collection.Item) -> None:
        """Run a test function between its fixtures."""
        try:
            self._call(item)
        except BaseException:
            with contextlib.suppress(Exception):
                self._store.end("function")
            raise
        self._store.end("function")

    def _call(self, item: collection.Item) -> None:
        kind = item.group.kind
        instance = kind() if kind else None
        function = getattr(instance, item.name) if kind else item.function
        self._store.begin(
            item.function, instance, item.group.fixtures, item.params, item.arg_values
        )
        self._store.node = nodes.Node(item, instance)
        setup, self._class_setup = self._class_setup, None
        if setup is not None and kind is not None:
            _call_with(setup, kind)
        closure = item.closure()
        wide = [name for name in closure.order if closure.is_wide(name)]
        for name in wide:
            self._store.value(name)
        owner = self._namespace.get if kind is None else lambda name: getattr(instance, name, None)
        suffix = "function" if kind is None else "method"
        if (begin := owner(f"setup_{suffix}")) is not None:
            _call_with(begin, function)
        if (end := owner(f"teardown_{suffix}")) is not None:
            self._store.at_end("function", lambda: _call_with(end, function))
        values = {name: self._store.value(name) for name in closure.order}
        names = fixtures.arguments(item.function, item.is_method)
        returned = function(**{name: (values | item.arg_values)[name] for name in names})
        if isinstance(returned, types.CoroutineType):
            import asyncio

            returned = asyncio.run(returned)
        if returned is not None:
            raise AssertionError(f"{item.name} returned a {type(returned).__name__}, not None")

    # ---------------------------------------------------------------------------------- marks

    def _is_skipped(self, item: collection.Item) -> bool:
        return bool(item.named("skip")) or any(
            self._holds(mark, item) for mark in item.named("skipif")
        )

    def _expected_failure(self, item: collection.Item) -> Any:
        return next((mark for mark in item.named("xfail") if self._holds(mark, item)), None)

    def _holds(self, mark: Any, item: collection.Item) -> bool:
        """Return whether the conditions of a mark are met: texts are expressions."""
        conditions = mark.args or tuple(
            value for name, value in mark.kwargs.items() if name == "condition"
        )
        for condition in conditions:
            if isinstance(condition, str):
                import os
                import platform

                names = {"os": os, "sys": sys, "platform": platform} | item.function.__globals__
                condition = eval(condition, names)
            if condition:
                return True
        return not conditions and mark.name == "xfail"

    # -------------------------------------------------------------------------------- unittest

    def _run_case(self, group: collection.Group) -> None:
        kind = group.kind
        assert kind is not None
        used = [name for mark in group.marks if mark.name == "usefixtures" for name in mark.args]
        closure = fixtures.Closure(group.fixtures, used, set())

        def begin(case: Any) -> None:
            self._store.begin(None, case, group.fixtures, {}, {})
            for name in closure.order:
                self._store.value(name)

        def is_skipped(name: str) -> bool:
            function = getattr(kind, name)
            item = collection.Item(
                group, name, function, collection.marks_of(function) + group.marks
            )
            if item.named("xfail"):
                raise fixtures.Unfit("pytest.mark.xfail in a class of unittest is not supported")
            return self._is_skipped(item)

        end = partial(self._store.end, "function")
        test_cases.run(kind, is_skipped, self._test, self._host, begin, end)
        self._store.end("class")


def _is_strict(mark: Any) -> bool:
    return bool(mark.kwargs.get("strict", False))


def _call_with(function: Any, argument: Any) -> None:
    """Call a set-up function, with its argument where it takes one."""
    code = getattr(function, "__code__", None)
    count = code.co_argcount - isinstance(function, types.MethodType) if code else 0
    function(argument) if count else function()
