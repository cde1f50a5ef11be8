"""Objects of the test that the program may use: mocks, and exceptions that the test raises.

The program gets a number for each. It may call a mock and use its ordinary attributes, and gets
what the mock gives. What the mock expects or has recorded (``assert_called_with``, ``call_args``,
``side_effect`` …) is the test's alone, and so is every name with an underscore.
"""

from __future__ import annotations

import sys
from typing import Any

from ..shared import protocols, values

OPERATIONS = frozenset(
    [
        "len",
        "str",
        "repr",
        "bool",
        "int",
        "float",
        "complex",
        "index",
        "iter",
        "next",
        "getitem",
        "setitem",
        "delitem",
        "contains",
        "enter",
        "exit",
        "reversed",
        "round",
        "abs",
    ]
)
"""What may be asked of a mock, besides attributes and calls."""
_LONGEST_NAME = 200


class OwnObjects:
    """The objects by number."""

    def __init__(self) -> None:
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}

    def number(self, thing: Any) -> int:
        """Return the number of an object, which is kept from now on."""
        number = self._numbers.get(id(thing))
        if number is None:
            number = self._numbers[id(thing)] = len(self._objects)
            self._objects.append(thing)
        return number

    def has(self, thing: Any) -> bool:
        """Return whether the program may have got the object from the test."""
        return id(thing) in self._numbers

    def reference(self, thing: Any) -> tuple[Any, ...] | None:
        """Return what crosses instead of a mock, or ``None`` if it is none."""
        if not _is_mock(thing):
            return None
        operations = [n for n in protocols.of(type(thing)).split(",") if n in OPERATIONS]
        operations += ["call"] * callable(thing)
        name = type(thing).__name__[:_LONGEST_NAME]
        return ("own", self.number(thing), name, ",".join(operations))

    def get(self, number: int) -> Any:
        """Return the object of a number.

        Raises:
            BadValue: The program was never given that number.
        """
        if not 0 <= number < len(self._objects):
            raise values.BadValue("no such object of the test")
        return self._objects[number]

    def answer(self, name: str, number: int, operands: tuple[Any, ...]) -> Any:
        """Do what the program asks of an object."""
        thing = self.get(number)
        if not _is_mock(thing):
            raise TypeError("it cannot be used")
        match name, operands:
            case "get", (str(attribute),):
                return getattr(thing, _open_name(thing, attribute))
            case "set", (str(attribute), value):
                return setattr(thing, _open_name(thing, attribute), value)
            case "call", (tuple(args), dict(kwargs)):
                return thing(*args, **kwargs)
        if name not in OPERATIONS:
            raise TypeError(f"{name} cannot be asked of a mock")
        return protocols.OPERATIONS[name](thing, *operands)


def _is_mock(thing: Any) -> bool:
    mock = sys.modules.get("unittest.mock")
    return mock is not None and isinstance(thing, mock.NonCallableMock | mock._SentinelObject)


def _open_name(thing: Any, name: str) -> str:
    """Return the name of an attribute that the program may use."""
    mock = sys.modules["unittest.mock"]
    is_closed = name.startswith(("_", "assert")) or hasattr(mock.MagicMock, name)
    if is_closed or name in ("call_args", "call_args_list", "method_calls", "return_value"):
        raise AttributeError(f"{type(thing).__name__!r} object has no attribute {name!r} here")
    return name
