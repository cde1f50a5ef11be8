"""Awaitables of the test that the program waits for: see judge/lent_awaitables.py.

While a loop of the test runs, they are resumed step by step, as the test's own loop would do it.
Where the program runs a loop of its own, the judge runs each to its end at once.
"""

from __future__ import annotations

from . import loop_of_test

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any


class Awaited:
    """What a program waits for: an object of the test, its next item, its beginning or its end.

    Args:
        ask: Asks about an object of the test.
        number: The object's number.
        how: ``await``, ``anext``, ``aenter`` or ``aexit``.
        args: What is passed on.
    """

    __slots__ = ("_ask", "_wanted")

    def __init__(self, ask: Callable[..., Any], number: int, how: str, *args: Any) -> None:
        self._ask, self._wanted = ask, (number, how, *args)

    def __await__(self) -> Generator[Any, Any, Any]:
        ask, (number, *wanted) = self._ask, self._wanted
        loops = loop_of_test.running()
        if loops is None:
            return ask("await whole", number, *wanted)
        steps = ask("await begin", number, *wanted)
        error: BaseException | None = None
        while True:
            match ask("await step", number, steps, error):
                case ("done", result):
                    return result
                case ("yielded", None):
                    future = None
                case ("yielded", int(token)):
                    future = loop_of_test.FutureOfTest(loops, ask, number, token)
            try:
                error = yield future
            except GeneratorExit:
                raise
            except BaseException as raised:
                error = raised


async def coroutine(ask: Callable[..., Any], number: int) -> Any:
    """Stand for a coroutine of the test."""
    return await Awaited(ask, number, "await")
