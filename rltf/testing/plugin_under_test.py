"""The plugin that a check is about, by its registered name or as an object."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, TypeVar

from rltf import manager
from rltf.errors import PluginError

T = TypeVar("T")


class PluginUnderTest:
    """A plugin of some kind. Every failure names it.

    Args:
        kind: A kind in :data:`rltf.manager.HOOKS`.
        plugin: Its registered name, the object itself, or a class that makes it.
        options: Options for the factory of a registered plugin, or for the class.
    """

    def __init__(self, kind: str, plugin: Any, options: dict[str, Any]) -> None:
        self._kind = kind
        self._plugin = plugin
        self._options = options
        self._name = (
            plugin
            if isinstance(plugin, str)
            else getattr(plugin, "__name__", type(plugin).__name__)
        )
        self._factory: Callable[..., Any] | None = None
        if isinstance(plugin, str):
            self._factory = partial(manager.get, kind, plugin)
        elif isinstance(plugin, type):
            self._factory = plugin
        elif options:
            raise TypeError("options are for a registered name or a class, not for an object")

    @property
    def is_made(self) -> bool:
        """Whether :meth:`make` makes a new object each time."""
        return self._factory is not None

    def make(self) -> Any:
        """Return the object: a new one, unless an object was given."""
        if self._factory is None:
            return self._plugin
        try:
            return self._factory(**self._options)
        except PluginError as error:
            self.fail(str(error))
        except Exception as error:
            raise AssertionError(
                f"{self._kind} {self._name!r}: its factory raises {_one_line(error)}"
            ) from error

    def fail(self, fault: str) -> NoReturn:
        """Raise ``AssertionError`` with one sentence."""
        raise AssertionError(f"{self._kind} {self._name!r}: {fault}")

    def require(self, holds: object, fault: str) -> None:
        """:meth:`fail` unless something holds."""
        if not holds:
            self.fail(fault)

    def call(self, subject: str, function: Callable[..., T], *arguments: Any) -> T:
        """Return the result of a call. An exception is a failure; ``subject`` names the call."""
        try:
            return function(*arguments)
        except Exception as error:
            raise AssertionError(
                f"{self._kind} {self._name!r}: {subject} raises {_one_line(error)}"
            ) from error


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
