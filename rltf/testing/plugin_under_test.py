"""What a check is about: a registered thing by its name, or an object; and how it fails."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, TypeVar

from rltf import manager
from rltf.manager import PluginError

T = TypeVar("T")


class Subject:
    """One thing of a kind. Every failure names it.

    Args:
        kind: as in :data:`rltf.manager.HOOKS`.
        subject: the name that it is registered by, the thing itself, or a class that makes it.
        options: for the factory of a registered one, or for the class.
    """

    def __init__(self, kind: str, subject: Any, options: dict[str, Any]) -> None:
        self._kind = kind
        self._subject = subject
        self._options = options
        self._name = (
            subject
            if isinstance(subject, str)
            else getattr(subject, "__name__", type(subject).__name__)
        )
        self._factory: Callable[..., Any] | None = None
        if isinstance(subject, str):
            self._factory = partial(manager.get, kind, subject)
        elif isinstance(subject, type):
            self._factory = subject
        elif options:
            raise TypeError("options are for what is given by its name, or as a class")

    @property
    def is_made(self) -> bool:
        """Whether :meth:`make` makes another one each time."""
        return self._factory is not None

    def make(self) -> Any:
        """The thing: made anew unless it is given itself."""
        if self._factory is None:
            return self._subject
        try:
            return self._factory(**self._options)
        except PluginError as error:
            self.fail(str(error))
        except Exception as error:
            raise AssertionError(
                f"{self._kind} {self._name!r}: its factory raises {_told(error)}"
            ) from error

    def fail(self, what: str) -> NoReturn:
        """Raise ``AssertionError`` with one sentence."""
        raise AssertionError(f"{self._kind} {self._name!r}: {what}")

    def require(self, holds: object, what: str) -> None:
        """:meth:`fail` unless something holds."""
        if not holds:
            self.fail(what)

    def call(self, what: str, function: Callable[..., T], *arguments: Any) -> T:
        """The result of a call; an exception is a failure, with ``what`` was being done."""
        try:
            return function(*arguments)
        except Exception as error:
            raise AssertionError(
                f"{self._kind} {self._name!r}: {what} raises {_told(error)}"
            ) from error


def _told(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
