"""What an assertion of a mock compares: values that the test expects, and those of recorded calls.

The program calls the mock, so it chooses the recorded values.
"""

from __future__ import annotations

from ..shared import classes
from ..test_code import frameworks

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_OF_LAST_CALL = ("called_with", "called_once_with", "awaited_with", "awaited_once_with")


def is_mock(owner: Any) -> bool:
    """Return whether it is a mock of the test."""
    mock = frameworks.loaded("unittest.mock")
    return mock is not None and classes.derives_from(type(owner), mock.NonCallableMock)


def compared(
    owner: Any, assertion: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Iterator[tuple[Any, Any]]:
    """Yield each expected value of an assertion with each recorded one that it may be compared with.

    Args:
        owner: The mock.
        assertion: The name of its method.
        args: The arguments of that method, and ``kwargs`` those by name.
    """
    mock = frameworks.loaded("unittest.mock")
    of_awaits = "await" in assertion
    if assertion.endswith(_OF_LAST_CALL):
        recorded = [owner.await_args if of_awaits else owner.call_args]
    elif assertion.endswith(("any_call", "any_await")):
        recorded = list(owner.await_args_list if of_awaits else owner.call_args_list)
    elif assertion.endswith(("has_calls", "has_awaits")) and args:
        recorded = list(owner.await_args_list if of_awaits else owner.mock_calls)
        for each in args[0]:
            yield from _pairs(_values(each), recorded, mock)
        return
    else:
        return
    yield from _pairs([*args, *kwargs.values()], recorded, mock)


def _pairs(expected: list[Any], recorded: list[Any], mock: Any) -> Iterator[tuple[Any, Any]]:
    for call in recorded:
        values = _values(call)
        if len(values) == len(expected):
            yield from (
                pair for pair in zip(expected, values, strict=True) if pair[0] is not mock.ANY
            )
        else:
            yield from ((one, other) for one in expected for other in values)


def _values(call: Any) -> list[Any]:
    """Return the arguments of a call, which is (name, args, kwargs) or shorter."""
    if not isinstance(call, tuple):
        return []
    found: list[Any] = []
    for part in call:
        if isinstance(part, tuple):
            found += part
        elif isinstance(part, dict):
            found += part.values()
    return found
