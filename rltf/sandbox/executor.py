"""What all built-in executors can do with programs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from rltf.limits import Limits
from rltf.problem import Problem
from rltf.sandbox import judge_many
from rltf.sandbox.program_run import NO_FIXTURES, Fixtures, Observed, RunResult
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox.async_sandbox import Items

_AHEAD = 4
"""Programs in flight per worker: enough to keep it busy, and few enough to bound memory."""


class Executor(ABC):
    """Judges programs on workers. Safe to use from several threads."""

    workers: int
    """Programs judged at one time."""
    limits: Limits
    """Limits for problems that have none of their own."""
    layers: tuple[str, ...]
    """The protections in force, such as ``seccomp`` and ``landlock``."""

    @abstractmethod
    def judge(self, problem: Problem, program: str) -> Verdict:
        """Run a program against all tests of a problem."""

    @abstractmethod
    def observe(self, problem: Problem, program: str) -> Observed:
        """Judge a program and keep what the last test left, to explain a failure."""

    @abstractmethod
    async def judge_async(self, problem: Problem, program: str) -> Verdict:
        """``judge`` for asyncio. Cancelling the task ends the program and frees its worker."""

    @abstractmethod
    def run(
        self,
        code: str,
        stdin: str = "",
        limits: Limits | None = None,
        *,
        files: bool = False,
        fixtures: Fixtures = NO_FIXTURES,
    ) -> RunResult:
        """Run a program once, as ``python solution.py`` would.

        Args:
            code: The program.
            stdin: The text on its standard input.
            limits: Its limits; ``None``: those of the executor.
            files: Whether it has a folder for files.
            fixtures: Files in this folder at first, as in :attr:`rltf.Problem.fixtures`. They imply
                ``files``.

        Raises ``ValueError`` for a fixture that cannot be in the folder.
        """

    @abstractmethod
    async def run_async(
        self,
        code: str,
        stdin: str = "",
        limits: Limits | None = None,
        *,
        files: bool = False,
        fixtures: Fixtures = NO_FIXTURES,
    ) -> RunResult:
        """``run`` for asyncio. Cancelling the task ends the program and frees its worker."""

    @property
    @abstractmethod
    def pids(self) -> tuple[int, ...]:
        """The processes of this machine that it has started, except programs."""

    @abstractmethod
    def close(self) -> None:
        """End all processes. Safe to call twice."""

    @abstractmethod
    def _stream(self) -> judge_many.Stream:
        """Return a new stream of programs to judge."""

    @overload
    def judge_many(
        self, items: Iterable[tuple[Problem, str]], as_completed: Literal[False] = False
    ) -> Iterator[Verdict]: ...
    @overload
    def judge_many(
        self, items: Iterable[tuple[Problem, str]], as_completed: Literal[True]
    ) -> Iterator[tuple[int, Verdict]]: ...
    def judge_many(
        self, items: Iterable[tuple[Problem, str]], as_completed: bool = False
    ) -> Iterator[Any]:
        """Judge many programs on all workers.

        Takes from ``items`` only what it needs to keep the workers busy.

        Yields: The verdicts in the order of ``items``; with ``as_completed``, pairs of index and
            verdict as they end.
        """
        return judge_many.judge_many(items, self._stream(), _AHEAD * self.workers, as_completed)

    @overload
    def judge_many_async(
        self, items: Items, as_completed: Literal[False] = False
    ) -> AsyncIterator[Verdict]: ...
    @overload
    def judge_many_async(
        self, items: Items, as_completed: Literal[True]
    ) -> AsyncIterator[tuple[int, Verdict]]: ...
    def judge_many_async(self, items: Items, as_completed: bool = False) -> AsyncIterator[Any]:
        """``judge_many`` for asyncio; ``items`` may be an async iterable.

        Programs that are still under way end when the iteration ends early.
        """
        from rltf.sandbox.async_sandbox import judge_many

        return judge_many(self.judge_async, items, _AHEAD * self.workers, as_completed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
