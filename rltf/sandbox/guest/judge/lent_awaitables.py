"""Awaitables of the test that the program is handed, and resumes.

Beside the test they would run in one loop with the program's. So while the test's loop runs, a task
of the program resumes a coroutine of the test step by step: where that waits for a future, the task
waits for a stand-in of it (candidate/borrowed_awaitables.py), and is woken when the future is done.
It is the reverse of what event_loop.py does for awaitables of the program.
"""

from __future__ import annotations

from typing import Any

from ..shared import values
from . import event_loop

_METHODS = ("anext", "aenter", "aexit")


class LentAwaitables:
    """What the program waits for, by number."""

    def __init__(self) -> None:
        self._steps: dict[int, Any] = {}
        self._futures: dict[int, Any] = {}
        self._count = 0

    def perform(self, thing: Any, name: str, rest: tuple[Any, ...]) -> Any:
        """Do what the program asks for."""
        match name, rest:
            case "await whole", (str(how), *args):
                return _to_its_end(_awaitable(thing, how, args))
            case "await begin", (str(how), *args):
                awaitable = _awaitable(thing, how, args)
                return self._keep(self._steps, type(awaitable).__await__(awaitable))
            case "await step", (int(number), error):
                return self._step(number, error)
            case "await watch", (int(number),):
                return self._watch(number)
            case "await cancel", (int(number),):
                return self._futures[number].cancel() if number in self._futures else False
        raise values.BadValue("nothing to wait for")

    def _keep(self, kept: dict[int, Any], thing: Any) -> int:
        self._count += 1
        kept[self._count] = thing
        return self._count

    def _step(self, number: int, error: Any) -> tuple[str, Any]:
        steps = self._steps.pop(number)
        if error is not None and not event_loop.may_be_told(error):
            raise TypeError("the program may not throw this into a coroutine of the test")
        try:
            yielded = _resumed(steps, error)
        except StopIteration as stop:
            return "done", stop.value
        self._steps[number] = steps
        if yielded is None:
            return "yielded", None
        yielded._asyncio_future_blocking = False
        return "yielded", self._keep(self._futures, yielded)

    def _watch(self, number: int) -> None:
        loops, future = event_loop.running(), self._futures[number]
        if loops is None:
            raise RuntimeError("no loop of the test is running")

        def wake(_: Any) -> None:
            self._futures.pop(number, None)
            loops.perform("wake", number)

        future.add_done_callback(wake)


def _resumed(steps: Any, error: BaseException | None) -> Any:
    if error is None:
        return next(steps)
    if not hasattr(steps, "throw"):
        raise error
    return steps.throw(error)


def _awaitable(thing: Any, how: str, args: list[Any]) -> Any:
    if how == "await":
        return thing
    if how not in _METHODS:
        raise values.BadValue("nothing to wait for")
    if how == "aexit":
        (error,) = args
        args = [error and type(error), error, None]
    return getattr(type(thing), f"__{how}__")(thing, *args)


def _to_its_end(awaitable: Any) -> Any:
    """Run an awaitable of the test to its end, also while a loop of the test waits."""
    import asyncio

    async def waited() -> Any:
        return await awaitable

    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(waited())
    finally:
        loop.close()
        asyncio._set_running_loop(running)
