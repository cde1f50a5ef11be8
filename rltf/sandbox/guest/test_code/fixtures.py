"""Fixtures as pytest resolves them, and those of pytest's own that a judge can offer."""

from __future__ import annotations

import contextlib
import types

from ..shared import folder
from . import captures, frameworks, log_capture, temporary_folders

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

SCOPES = ("function", "class", "module")
"""From the narrowest to the widest. A package and a session are the module here."""
_NEED_FILES = frozenset([*temporary_folders.OFFERED, "testdir", "pytester"])


class Unfit(BaseException):
    """A test needs something that the judge does not offer.

    It is not an ``Exception``, so that no ``except Exception`` of the test swallows it.

    Args:
        message: What it needs.
        is_of_data: Whether it is no matter of its code, but of values, perhaps the program's.
    """

    def __init__(self, message: str, *, is_of_data: bool = False) -> None:
        super().__init__(message)
        self.is_of_data = is_of_data


class Fixture:
    """A fixture that the test code defines."""

    def __init__(self, name: str, marker: Any, function: Any, outer: Fixture | None) -> None:
        self.name: str = marker.name or name
        self.function = function
        self.autouse: bool = marker.autouse
        self.params = None if marker.params is None else tuple(marker.params)
        scope = marker.scope
        self.scope = {"package": "module", "session": "module"}.get(scope, scope)
        self.outer = outer
        """The fixture of the same name that this one hides."""
        self.of_class = False
        if self.scope not in SCOPES:
            raise Unfit(
                f"the fixture {self.name!r} has a scope that only pytest itself can find out"
            )
        if _is_async(function):
            raise Unfit(f"the fixture {self.name!r} is async, which needs a plugin of pytest")

    def arguments(self) -> list[str]:
        """Return the names of the fixtures that this one requests."""
        return arguments(self.function, self.of_class)


def _is_async(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & 0x280)  # a coroutine, or an async generator


def arguments(function: Any, is_method: bool) -> list[str]:
    """Return the names of the arguments that a function needs fixtures for."""
    if type(function) is types.FunctionType and "__wrapped__" not in vars(function):
        code = function.__code__
        names = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
        wanted = names[: code.co_argcount - len(function.__defaults__ or ())]
        wanted += [
            name
            for name in names[code.co_argcount :]
            if name not in (function.__kwdefaults__ or {})
        ]
        return wanted[is_method:]
    import inspect

    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    wanted = [each.name for each in parameters if each.kind in kinds and each.default is each.empty]
    mock = frameworks.loaded("unittest.mock")
    patched = [
        each
        for each in getattr(function, "patchings", [])
        if not each.attribute_name and mock is not None and each.new is mock.DEFAULT
    ]
    return wanted[is_method + len(patched) :]


def _definition(thing: Any) -> tuple[Any, Any] | None:
    """Return marker and function of a pytest fixture, in the form of pytest 8.4 or earlier."""
    marker = getattr(thing, "_fixture_function_marker", None)
    if marker is not None:
        return marker, thing._get_wrapped_function()
    marker = getattr(thing, "_pytestfixturefunction", None)
    return None if marker is None else (marker, thing.__pytest_wrapped__.obj)


def defined(names: dict[str, Any], outer: dict[str, Fixture]) -> dict[str, Fixture]:
    """Return the fixtures of a module, or of a class within it."""
    fixtures = dict(outer)
    if frameworks.loaded("pytest") is None:
        return fixtures
    for name, thing in names.items():
        if type(thing) in (types.FunctionType, *_kinds()) and (made := _definition(thing)):
            fixture = Fixture(name, *made, outer=None)
            fixture.outer = outer.get(fixture.name)
            fixtures[fixture.name] = fixture
    return fixtures


def _kinds() -> tuple[type, ...]:
    kind = getattr(frameworks.loaded("_pytest.fixtures"), "FixtureFunctionDefinition", None)
    return (kind,) if kind else ()


class Closure:
    """The fixtures of one test function."""

    def __init__(self, known: dict[str, Fixture], asked: list[str], arg_names: set[str]) -> None:
        self.fixtures: dict[str, Fixture] = {}
        self._known = known
        self._arg_names = arg_names
        automatic = [each.name for each in known.values() if each.autouse]
        self.order: list[str] = []
        for name in (*automatic, *asked):
            self._add(name, known.get(name))
        self.order.sort(key=lambda name: not self.is_wide(name))

    def is_wide(self, name: str) -> bool:
        """Return whether a fixture is made before those of the test function."""
        return name in self.fixtures and self.fixtures[name].scope != "function"

    def _add(self, name: str, fixture: Fixture | None) -> None:
        if name in self._arg_names:
            return
        if fixture is None:
            _check_offered(name)
        if name in self.fixtures and self.fixtures[name] is fixture:
            return
        if fixture is not None:
            self.fixtures.setdefault(name, fixture)
            for other in fixture.arguments():
                self._add(other, fixture.outer if other == name else self._known.get(other))
        if name not in self.order:
            self.order.append(name)


def _check_offered(name: str) -> None:
    if name in temporary_folders.OFFERED and folder.path:
        return
    if name in _NEED_FILES:
        raise Unfit(f"the test needs the fixture {name!r}, and has no folder for files")
    if name != "request" and name not in OFFERED:
        raise Unfit(f"the test needs the fixture {name!r}, which it does not define")


class Request:
    """The ``request`` of a fixture."""

    def __init__(self, store: Store, fixture: Fixture | None, param: Any) -> None:
        self._store = store
        self._fixture = fixture
        self.scope = fixture.scope if fixture else "function"
        self.fixturename = fixture.name if fixture else None
        self.function, self.instance = store.function, store.instance
        self.cls = None if store.instance is None else type(store.instance)
        if store.node is not None:
            self.node, self.keywords = store.node, store.node.keywords
        if param is not _NOTHING:
            self.param = param

    def getfixturevalue(self, name: str) -> Any:
        """Return the value of another fixture."""
        return self._store.value(name)

    def addfinalizer(self, finalizer: Callable[[], object]) -> None:
        """Register work for the end of the fixture's scope."""
        self._store.at_end(self.scope, finalizer)

    def __getattr__(self, name: str) -> Any:
        if name == "param":
            raise AttributeError("the fixture has no parameter")
        raise Unfit(f"the test needs request.{name}, which the judge does not offer")


_NOTHING = object()


class Store:
    """The values of fixtures in use, and the work for the end of each scope."""

    def __init__(self) -> None:
        self._values: dict[str, dict[Fixture, tuple[Any, Any]]] = {scope: {} for scope in SCOPES}
        self._ends: dict[str, list[Callable[[], object]]] = {scope: [] for scope in SCOPES}
        self.function: Any = None
        self.instance: Any = None
        self.node: Any = None
        self._known: dict[str, Fixture] = {}
        self._params: dict[str, Any] = {}
        self._arg_values: dict[str, Any] = {}
        self._offered: dict[str, Any] = {}

    def begin(
        self,
        function: Any,
        instance: Any,
        known: dict[str, Fixture],
        params: dict[str, Any],
        arg_values: dict[str, Any],
    ) -> None:
        """Begin a test function, with parameters for fixtures and values that replace fixtures."""
        self.function, self.instance, self._known = function, instance, known
        self._arg_values = arg_values
        for scope in reversed(SCOPES):
            for fixture, (param, _) in self._values[scope].items():
                if param is not params.get(fixture.name, _NOTHING):
                    self.end(scope)  # and what was made from the old parameter
                    break
        self._params = params

    def at_end(self, scope: str, work: Callable[[], object]) -> None:
        """Register work for the end of a scope. It runs in reverse order."""
        self._ends[scope].append(work)

    def end(self, scope: str) -> None:
        """End a scope, and those within it."""
        for each in SCOPES[: SCOPES.index(scope) + 1]:
            self._values[each].clear()
            if each == "function":
                self._offered.clear()
            with contextlib.ExitStack() as stack:
                for work in self._ends[each]:
                    stack.callback(work)
                self._ends[each].clear()

    def value(self, name: str) -> Any:
        """Return the value of a fixture, by name."""
        if name in self._arg_values:
            return self._arg_values[name]
        fixture = self._known.get(name)
        return self._offer(name) if fixture is None else self._value(fixture)

    def _value(self, fixture: Fixture) -> Any:
        values = self._values[fixture.scope]
        if fixture not in values:
            param = self._params.get(fixture.name, _NOTHING)
            values[fixture] = (param, self._make(fixture, param))
        return values[fixture][1]

    def _make(self, fixture: Fixture, param: Any) -> Any:
        arguments = {}
        for name in fixture.arguments():
            if name == "request":
                arguments[name] = Request(self, fixture, param)
            elif name == fixture.name and fixture.outer is not None:
                arguments[name] = self._value(fixture.outer)
            else:
                arguments[name] = self.value(name)
        function = fixture.function
        if fixture.of_class and self.instance is not None:
            function = function.__get__(self.instance, type(self.instance))
        made = function(**arguments)
        if not isinstance(made, types.GeneratorType):
            return made
        value = next(made)
        self.at_end(fixture.scope, lambda: _finish(made, fixture.name))
        return value

    def _offer(self, name: str) -> Any:
        if name == "request":
            return Request(self, None, _NOTHING)
        _check_offered(name)
        if name not in self._offered:
            make = OFFERED.get(name) or temporary_folders.maker(name, self.function)
            context = make()
            if isinstance(context, contextlib.AbstractContextManager):
                self._offered[name] = context.__enter__()
                self.at_end("function", lambda: context.__exit__(None, None, None))
            else:
                self._offered[name] = context
        return self._offered[name]


def _finish(generator: Any, name: str) -> None:
    for _ in generator:
        raise ValueError(f"the fixture {name!r} yields twice")


class Subtests:
    """The fixture ``subtests``: the first subtest that fails is the test's failure."""

    def test(self, msg: str | None = None, **_: Any) -> contextlib.nullcontext[None]:
        return contextlib.nullcontext()


@contextlib.contextmanager
def _monkeypatch() -> Iterator[Any]:
    import pytest

    patch = pytest.MonkeyPatch()
    try:
        yield patch
    finally:
        patch.undo()


def _recwarn() -> Any:
    import pytest

    return pytest.WarningsRecorder(_ispytest=True)


OFFERED: dict[str, Any] = {
    "subtests": Subtests,
    **{name: captures.fixture(name) for name in captures.NAMES},
    "caplog": log_capture.fixture,
    "monkeypatch": _monkeypatch,
    "recwarn": _recwarn,
}
