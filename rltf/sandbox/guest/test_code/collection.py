"""Collecting tests as pytest does: test functions with their marks, parameters and fixtures."""

from __future__ import annotations

import itertools
import types

from . import fixtures, frameworks

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200  # as inspect has them
_LOOPS = ("asyncio", "anyio")
"""Marks of async tests, which pytest-asyncio and anyio run in an asyncio loop."""


def marks_of(thing: Any) -> list[Any]:
    """Return pytest's marks of a function, or of a class with its bases."""
    owners = thing.__mro__ if isinstance(thing, type) else (thing,)
    return [mark for owner in owners for mark in unpacked(vars(owner).get("pytestmark", []))]


def unpacked(marks: Any) -> list[Any]:
    """Return the marks in the value of ``pytestmark`` or of ``pytest.param``."""
    listed = marks if isinstance(marks, list | tuple) else [marks]
    return [getattr(mark, "mark", mark) for mark in listed]


class Group:
    """A module, or a class of tests in it."""

    def __init__(self, names: dict[str, Any], kind: type | None, outer: Group | None) -> None:
        self.kind = kind
        self.marks = marks_of(kind) if kind else unpacked(names.get("pytestmark", []))
        self.marks += outer.marks if outer else []
        known = outer.fixtures if outer else {}
        self.fixtures: dict[str, fixtures.Fixture] = fixtures.defined(names, known)
        for name, fixture in self.fixtures.items():
            fixture.of_class |= kind is not None and known.get(name) is not fixture

    def of(self, kind: type) -> Group:
        """Return the group of a class in this one."""
        names: dict[str, Any] = {}
        for base in reversed(kind.__mro__[:-1]):
            names.update(vars(base))
        return Group(names, kind, self)


class Item:
    """A test function with one set of parameters."""

    def __init__(
        self,
        group: Group,
        name: str,
        function: Any,
        marks: list[Any],
        arg_values: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
    ) -> None:
        self.group = group
        self.name = name
        self.function = function
        self.marks = marks
        self.arg_values = arg_values or {}
        """Arguments that parametrize has set."""
        self.params = params or {}
        """Parameters of fixtures."""

    def named(self, name: str) -> list[Any]:
        """Return the marks of that name, the nearest first."""
        return [mark for mark in self.marks if mark.name == name]

    @property
    def is_method(self) -> bool:
        """Whether the function takes the instance of its class."""
        kind = self.group.kind
        if kind is None:
            return False
        return not isinstance(_attribute(kind, self.name), staticmethod)

    def arguments(self) -> list[str]:
        """Return the names of the arguments that have no value yet."""
        names = fixtures.arguments(self.function, self.is_method)
        return [name for name in names if name not in self.arg_values]

    def closure(self) -> fixtures.Closure:
        """Return the fixtures that the test needs."""
        used = [name for mark in self.named("usefixtures") for name in mark.args]
        return fixtures.Closure(
            self.group.fixtures, [*used, *self.arguments()], set(self.arg_values)
        )

    def with_values(
        self, arg_values: dict[str, Any], params: dict[str, Any], marks: list[Any]
    ) -> Item:
        """Return the same item with more values set."""
        return Item(
            self.group,
            self.name,
            self.function,
            [*marks, *self.marks],
            self.arg_values | arg_values,
            self.params | params,
        )


def _attribute(kind: type, name: str) -> Any:
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


def is_collected(name: str, thing: Any) -> bool:
    """Return whether pytest collects an object as a test function or a class of tests."""
    if not getattr(thing, "__test__", True):
        return False
    if isinstance(thing, type):
        attributes = {name for base in thing.__mro__[:-1] for name in vars(base)}
        return name.startswith("Test") and attributes.isdisjoint({"__init__", "__new__"})
    return name.startswith("test") and type(thing) is types.FunctionType


def items(
    group: Group, name: str, thing: Any, is_called: Callable[[Any], bool]
) -> Iterator[tuple[Any, list[Item]]]:
    """Yield the test functions of a collected function or class, each with its items.

    Those that the test code has called itself are left out.
    """
    if not isinstance(thing, type):
        if not is_called(thing):
            yield thing, list(_variants(Item(group, name, thing, marks_of(thing) + group.marks)))
        return
    inner = group.of(thing)
    for base in reversed(thing.__mro__[:-1]):
        for each, value in list(vars(base).items()):
            value = getattr(value, "__func__", value)
            last = getattr(_attribute(thing, each), "__func__", _attribute(thing, each))
            if value is last and is_collected(each, value):
                yield from items(inner, each, value, is_called)


def _variants(item: Item) -> Iterator[Item]:
    _check_form(item)
    tables = [_Table(*mark.args, **mark.kwargs) for mark in item.named("parametrize")]
    named = {name for table in tables for name in table.names}
    direct = named.intersection(item.arguments())
    unused = named - direct
    if unused and unused.difference(
        item.with_values(dict.fromkeys(direct), {}, []).closure().order
    ):
        names = ", ".join(sorted(unused))
        raise fixtures.Unfit(f"{item.name}() is parametrized with {names}, which it does not use")
    variants = [item]
    for table in tables:
        rows = list(table.rows(item.name))
        variants = [old.with_values(*row) for old in variants for row in rows]
    for variant in variants:
        closure = variant.closure()
        asked = [closure.fixtures[name] for name in closure.order if name in closure.fixtures]
        parametrized = [
            [(fixture.name, *_unwrapped(param)) for param in fixture.params]
            for fixture in asked
            if fixture.params is not None and fixture.name not in variant.params
        ]
        for chosen in itertools.product(*parametrized):
            params = {name: values[0] for name, values, _ in chosen}
            yield variant.with_values({}, params, [m for _, _, marks in chosen for m in marks])


def _check_form(item: Item) -> None:
    flags = item.function.__code__.co_flags
    if flags & (_GENERATOR | _ASYNC_GENERATOR):
        raise fixtures.Unfit(f"{item.name}() is a generator, which nobody runs")
    if flags & _COROUTINE and not any(mark.name in _LOOPS for mark in item.marks):
        raise fixtures.Unfit(f"{item.name}() is async and has no mark that says how to run it")


def _unwrapped(value: Any, many: bool = False) -> tuple[tuple[Any, ...], list[Any]]:
    """Return values and marks of one row of parameters."""
    kind = getattr(frameworks.loaded("_pytest.mark.structures"), "ParameterSet", ())
    if isinstance(value, kind):
        return tuple(value.values), unpacked(list(value.marks))
    return (tuple(value) if many else (value,)), []


class _Table:
    """What ``pytest.mark.parametrize`` sets."""

    def __init__(self, argnames: Any, argvalues: Any, indirect: Any = False, **_: Any) -> None:
        is_text = isinstance(argnames, str)
        self.names = [n.strip() for n in argnames.split(",")] if is_text else list(argnames)
        self.names = [name for name in self.names if name]
        self._values = list(argvalues)
        self._indirect = self.names * indirect if isinstance(indirect, bool) else list(indirect)
        self._many = not is_text or len(self.names) != 1

    def rows(self, owner: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[Any]]]:
        """What each row sets: arguments, parameters of fixtures, marks."""
        for value in self._values:
            try:
                row, marks = _unwrapped(value, self._many)
            except TypeError:
                row, marks = (), []
            if len(row) != len(self.names):
                names = ", ".join(self.names)
                message = f"{owner}() is parametrized with a row that is not {names}"
                raise fixtures.Unfit(message, is_of_data=True)
            pairs = list(zip(self.names, row, strict=True))
            yield (
                {name: each for name, each in pairs if name not in self._indirect},
                {name: each for name, each in pairs if name in self._indirect},
                marks,
            )
