"""Stand-ins for mocks of the test: see ``judge/own_objects.py``."""

from __future__ import annotations

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _operation(name: str) -> Any:
    def method(self: Any, *operands: Any) -> Any:
        return _ask(self, name, *operands)

    return method


def _ask(thing: Any, name: str, *operands: Any) -> Any:
    ask, number = object.__getattribute__(thing, "_rltf_own")
    return ask(name, number, operands)


def _call(self: Any, *args: Any, **kwargs: Any) -> Any:
    return _ask(self, "call", args, kwargs)


def _exit(self: Any, kind: Any, error: Any, trace: Any) -> Any:
    return _ask(self, "exit", error)


def _iter(self: Any) -> Any:
    return iter(_ask(self, "iter"))


class ObjectOfTest:
    """Stands for a mock. Subclasses have its operations."""

    __slots__ = ("__weakref__", "_rltf_own")

    def __getattr__(self, name: str) -> Any:
        return _ask(self, "get", name)

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self, "set", name, value)


_SPECIAL = {"call": _call, "exit": _exit, "iter": _iter}


class ObjectsOfTest:
    """The stand-ins by number, and the exceptions that came from the test."""

    def __init__(self, ask: Callable[[str, int, tuple[Any, ...]], Any]) -> None:
        self._ask = ask
        self._kinds: dict[tuple[str, str], Any] = {}
        self._made: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}

    def resolve(self, number: int, name: str, operations: str) -> Any:
        """Return the stand-in of that number."""
        if number not in self._made:
            kind = self._kinds.get((name, operations)) or self._kind(name, operations)
            made = self._made[number] = object.__new__(kind)
            object.__setattr__(made, "_rltf_own", (self._ask, number))
            self._numbers[id(made)] = number
        return self._made[number]

    def _kind(self, name: str, operations: str) -> Any:
        names = operations.split(",") if operations else []
        namespace: dict[str, Any] = {
            f"__{each}__": _SPECIAL.get(each) or _operation(each) for each in names
        }
        kind = type(name, (ObjectOfTest,), {**namespace, "__slots__": ()})
        kind.__module__ = "unittest.mock"
        self._kinds[name, operations] = kind
        return kind

    def keep(self, number: int, error: BaseException) -> BaseException:
        """Remember an exception of the test, so that it goes back as itself."""
        self._made[number] = error
        self._numbers[id(error)] = number
        return error

    def number(self, thing: Any) -> int | None:
        """Return the number of an object of the test, otherwise ``None``."""
        return self._numbers.get(id(thing)) if self._numbers else None
