"""``__dict__`` of an object of the test: a copy, whose changes are asked for one by one."""

from __future__ import annotations

TYPE_CHECKING = False  # see shared/__init__.py
if TYPE_CHECKING:
    from typing import Any

_MISSING: Any = object()


class BorrowedAttributes(dict):  # type: ignore[type-arg]
    """The attributes of an object of the test when the program asked for them."""

    def __init__(self, thing: Any, attributes: dict[str, Any]) -> None:
        super().__init__(attributes)
        self._thing = thing

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self._thing, name, value)
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        super().__getitem__(name)
        delattr(self._thing, name)
        super().__delitem__(name)

    def update(self, *args: Any, **kwargs: Any) -> None:
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]
        self.update(other)
        return self

    def setdefault(self, name: str, value: Any = None) -> Any:
        if name not in self:
            self[name] = value
        return self[name]

    def pop(self, name: str, default: Any = _MISSING) -> Any:
        if name not in self and default is not _MISSING:
            return default
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple[str, Any]:
        name = next(reversed(self))
        return name, self.pop(name)

    def clear(self) -> None:
        for name in list(self):
            del self[name]
