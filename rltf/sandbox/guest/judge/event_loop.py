"""Awaitables of the program in an event loop of the test.

The test's loop is the only one that schedules. The program's process has a loop that hands over what
it is asked to run (candidate/loop_of_test.py), and this one asks for it when it is due. A coroutine
of the program is resumed step by step: where it waits for a future, the test's task waits for a
stand-in of that future. So the order of all steps, cancellation and timeouts are what they are beside
the program.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from typing import Any

_LATEST_S = 10**9


class ProgramFuture:
    """Stands for a future of the program, for a task of the test that waits for it."""

    def __init__(self, loops: Loops, future: Any) -> None:
        self._loops, self._future = loops, future
        self._loop = loops.loop
        self._asyncio_future_blocking = True
        self._tokens: dict[int, Any] = {}

    def get_loop(self) -> Any:
        return self._loop

    def add_done_callback(self, callback: Any, *, context: Any = None) -> None:
        token = self._loops.wait(lambda: callback(self), context)
        self._tokens[token] = callback
        self._loops.request("loop", "watch", self._future, token)

    def remove_done_callback(self, callback: Any) -> int:
        tokens = [token for token, each in self._tokens.items() if each == callback]
        for token in tokens:
            self._loops.forget(token)
            del self._tokens[token]
        return len(tokens)

    def cancel(self, msg: Any = None) -> bool:
        return self._loops.request("loop", "cancel", self._future) is True

    def result(self) -> None:
        """Return nothing: the program's coroutine finds the result itself."""


class Loops:
    """The part of the environment that has the running loop and its current task."""

    def __init__(self, request: Callable[..., Any]) -> None:
        self.request = request
        self.loop: Any = None
        self._thread = 0
        self._sent: tuple[Any, Any] = (None, None)
        self._loops: list[Any] = []
        self._waiting: dict[int, tuple[Callable[[], Any], Any]] = {}
        self._woken: list[int] = []
        self._tokens = 0
        current.append(self)

    def news(self) -> Any:
        asyncio: Any = sys.modules.get("asyncio")
        if asyncio is None or threading.current_thread() is not threading.main_thread():
            return None
        loop = asyncio._get_running_loop()
        task = loop and asyncio.current_task(loop)
        if (loop, task) == self._sent:
            return None
        self._sent = loop, task
        if loop is None:
            return 0, ()
        if loop not in self._loops:
            self._loops.append(loop)
        self.loop, self._thread = loop, threading.get_ident()
        names = ("cancel", "uncancel", "cancelling", "get_name")
        functions = tuple(getattr(task, name) for name in names) if task else ()
        return self._loops.index(loop) + 1, functions

    def hear(self, scheduled: Any, woken: Any) -> None:
        if self.loop is None:
            raise ValueError("there is no loop")
        for number, seconds in scheduled:
            if self.loop.is_closed():
                break  # what the program still scheduled is never due
            if type(number) is not int or type(seconds) not in (float, int, type(None)):
                raise ValueError("no time")
            self._schedule(number, seconds)
        for token in woken:
            if token in self._waiting:
                self._woken.append(token)

    def _schedule(self, number: int, seconds: Any) -> None:
        def begin() -> None:
            if seconds is None or not seconds <= _LATEST_S:
                self.loop.call_soon(self.perform, "run", number)
            else:
                self.loop.call_at(seconds, self.perform, "run", number)

        if threading.get_ident() == self._thread:
            begin()
        else:
            self.loop.call_soon_threadsafe(begin)

    def perform(self, what: str, number: int) -> None:
        """Have the program run or wake what is due, and wake the tasks that waited for it."""
        try:
            self.request("loop", what, number)
            while self._woken:
                waiting = self._waiting.pop(self._woken.pop(0), None)
                if waiting is not None:
                    wake, context = waiting
                    wake() if context is None else context.run(wake)
        except BaseException:
            self.loop.stop()  # the loop would go on waiting
            raise

    def wait(self, wake: Callable[[], Any], context: Any) -> int:
        """Return a number for somebody who waits for a future of the program."""
        self._tokens += 1
        self._waiting[self._tokens] = wake, context
        return self._tokens

    def forget(self, token: int) -> None:
        self._waiting.pop(token, None)

    def reset(self) -> None:
        current.remove(self)


current: list[Loops] = []
"""That of the test that runs."""


def running() -> Loops | None:
    """Return the loops if one of them runs in this thread."""
    asyncio: Any = sys.modules.get("asyncio")
    if not current or asyncio is None or asyncio._get_running_loop() is None:
        return None
    return current[-1] if threading.current_thread() is threading.main_thread() else None


def step(loops: Loops, thing: Any, how: str, value: Any, may_stop: bool = False) -> Any:
    """Resume something of the program. Return the future that it waits for.

    Raises:
        StopIteration: With its result.
    """
    match loops.request("loop", "step", thing, how, value):
        case ("done", result):
            raise StopIteration(result)
        case ("end",):
            raise StopAsyncIteration if may_stop else RuntimeError("StopAsyncIteration")
        case ("yielded", None):
            return None
        case ("yielded", future):
            return ProgramFuture(loops, future)
    raise TypeError("a step has come to nothing")


def may_be_told(error: BaseException | None) -> bool:
    """Return whether a context of the program may see what has ended its block."""
    asyncio = sys.modules["asyncio"]
    return error is None or isinstance(error, Exception | asyncio.CancelledError)


def drive(loops: Loops, thing: Any, how: str, *args: Any) -> Generator[Any, Any, Any]:
    """Resume an awaitable of the program to its end: ``thing`` itself, or its next item …"""
    steps = loops.request("loop", "begin", thing, how, *args)
    may_stop, method, value = how == "anext", "send", None
    while True:
        try:
            future = step(loops, steps, method, value, may_stop)
        except StopIteration as stop:
            return stop.value
        try:
            method, value = "send", (yield future)
        except BaseException as error:
            method, value = "throw", error
