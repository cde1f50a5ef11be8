"""The event loop that the program finds running while one of the test runs: see judge/event_loop.py.

It runs nothing by itself. The test's loop asks for what is due.
"""

from __future__ import annotations

import contextlib
import threading

TYPE_CHECKING = False  # see __init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class Loops:
    """The loops of the test by number, and what they are to run."""

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._loops: dict[int, Any] = {}
        self._loop: Any = None
        self._task: Any = None
        self._handles: dict[int, Any] = {}
        self._next = 0
        self._scheduled: list[Any] = []
        self._woken: list[int] = []
        self._waiting: dict[int, FutureOfTest] = {}
        current[:] = [self]

    @property
    def loop(self) -> Any:
        """The test's loop that runs, or ``None``."""
        return self._loop

    def wait(self, token: int, future: FutureOfTest) -> None:
        """Have a future told when that of the test is done."""
        self._waiting[token] = future

    def take(self, news: Any) -> None:
        number, functions = news
        if number and number not in self._loops:
            self._loops[number] = _new_loop(self._schedule)
        self._loop = self._loops.get(number)
        self._task = _Task(*functions) if functions else None

    def events(self) -> tuple[Any, ...] | None:
        """Return what was scheduled since the last call, and who is to be woken."""
        if not self._scheduled and not self._woken:
            return None
        scheduled, self._scheduled = tuple(self._scheduled), []
        woken, self._woken = tuple(self._woken), []
        return scheduled, woken

    def _schedule(self, handle: Any, seconds: float | None) -> None:
        self._next += 1
        self._handles[self._next] = handle
        self._scheduled.append((self._next, seconds))
        if threading.current_thread() is not threading.main_thread():
            self._flush()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Have the program find the test's loop and task running."""
        import asyncio

        if self._loop is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        loop, task, before = self._loop, self._task, asyncio._get_running_loop()
        asyncio._set_running_loop(loop)
        current = asyncio.current_task(loop)
        if current is not None:
            asyncio.tasks._leave_task(loop, current)
        if task is not None:
            asyncio.tasks._enter_task(loop, task)
        try:
            yield
        finally:
            if task is not None:
                asyncio.tasks._leave_task(loop, task)
            if current is not None:
                asyncio.tasks._enter_task(loop, current)
            asyncio._set_running_loop(before)

    def perform(self, what: str, *rest: Any) -> Any:
        """Do what the test's loop asks for."""
        match what, rest:
            case "run", (int(number),):
                handle = self._handles.pop(number)
                return None if handle.cancelled() else handle._run()
            case "wake", (int(token),):
                return self._waiting.pop(token).wake()
            case "begin", (thing, str(how), *args):
                return _steps(thing, how, *args)
            case "step", (steps, str(how), value):
                return _step(steps, how, value)
            case "watch", (future, int(token)):
                return future.add_done_callback(lambda _: self._woken.append(token))
            case "cancel", (future,):
                return future.cancel()
        raise ValueError(what)


current: list[Loops] = []
"""That of the test that runs."""


def running() -> Loops | None:
    """Return the loops if the program runs in one of them."""
    import asyncio

    is_main = threading.current_thread() is threading.main_thread()
    if not current or not is_main:
        return None
    found = current[-1]
    loop = asyncio._get_running_loop()
    return found if loop is not None and loop is found.loop else None


class FutureOfTest:
    """Stands for a future of the test, for a task that waits for it."""

    def __init__(self, loops: Loops, ask: Callable[..., Any], number: int, token: int) -> None:
        self._loops, self._loop = loops, loops.loop
        self._ask, self._number, self._token = ask, number, token
        self._asyncio_future_blocking = True
        self._callbacks: list[tuple[Any, Any]] = []

    def get_loop(self) -> Any:
        return self._loop

    def add_done_callback(self, callback: Any, *, context: Any = None) -> None:
        self._callbacks.append((callback, context))
        if len(self._callbacks) == 1:
            self._loops.wait(self._token, self)
            self._ask("await watch", self._number, self._token)

    def remove_done_callback(self, callback: Any) -> int:
        before = len(self._callbacks)
        self._callbacks = [each for each in self._callbacks if each[0] != callback]
        return before - len(self._callbacks)

    def cancel(self, msg: Any = None) -> bool:
        return self._ask("await cancel", self._number, self._token) is True

    def wake(self) -> None:
        """Tell those who wait that the test's future is done."""
        for callback, context in self._callbacks:
            callback(self) if context is None else context.run(callback, self)

    def result(self) -> None:
        """Return nothing: the test's coroutine finds the result itself."""


class LoopOfProgram:
    """A loop for awaitables that the test resumes without a loop."""

    def __init__(self) -> None:
        self._loop: Any = None

    def wait(self, name: str, thing: Any, *error: Any) -> Any:
        """Run an awaitable to its end."""
        import asyncio

        async def waited() -> Any:
            match name:
                case "anext":
                    return await anext(thing)
                case "aenter":
                    return await thing.__aenter__()
                case "aexit":
                    raised = error[0] and type(error[0])
                    return await thing.__aexit__(raised, *error, None)
            return await thing

        self._loop = self._loop or asyncio.new_event_loop()
        return self._loop.run_until_complete(waited())


class _Task:
    """Stands for the task of the test that runs the program."""

    def __init__(self, cancel: Any, uncancel: Any, cancelling: Any, get_name: Any) -> None:
        self.cancel, self.uncancel = cancel, uncancel
        self.cancelling, self.get_name = cancelling, get_name

    def done(self) -> bool:
        return False


def _steps(thing: Any, how: str, *args: Any) -> Any:
    """Return what is resumed step by step."""
    if how == "aexit":
        (error,) = args
        args = error and type(error), error, None
    awaitable = thing if how == "await" else getattr(thing, f"__{how}__")(*args)
    return awaitable if hasattr(awaitable, "send") else awaitable.__await__()


def _step(steps: Any, how: str, value: Any) -> tuple[Any, ...]:
    try:
        if how == "throw":
            yielded = steps.throw(value)
        else:
            yielded = (
                next(steps) if value is None and not hasattr(steps, "send") else steps.send(value)
            )
    except StopIteration as stop:
        return "done", stop.value
    except StopAsyncIteration:
        return ("end",)
    if yielded is not None:
        yielded._asyncio_future_blocking = False
    return "yielded", yielded


def _new_loop(schedule: Callable[[Any, float | None], None]) -> Any:
    import asyncio

    base: Any = asyncio.BaseEventLoop

    class Loop(base):  # type: ignore[misc]
        def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
            handle = asyncio.Handle(callback, args, self, context)
            schedule(handle, None)
            return handle

        call_soon_threadsafe = call_soon

        def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
            handle = asyncio.TimerHandle(when, callback, args, self, context)
            schedule(handle, float(when))
            return handle

        def is_running(self) -> bool:
            return True

        def run_forever(self) -> None:
            raise RuntimeError("This event loop is already running")

        def run_until_complete(self, future: Any) -> Any:
            raise RuntimeError("This event loop is already running")

        def _timer_handle_cancelled(self, handle: Any) -> None:
            """Do nothing: the handle itself knows."""

    return Loop()
