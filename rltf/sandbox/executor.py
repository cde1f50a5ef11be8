"""What all built-in executors can do with programs, whatever backend does it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from rltf.limits import Limits
from rltf.problem import Problem
from rltf.sandbox import judge_many
from rltf.sandbox.backend import Backend, JobStream
from rltf.sandbox.program_run import NO_FIXTURES, Fixtures, Observed, RunResult
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox.async_sandbox import Items

_AHEAD = 4
"""Programs in flight per worker: enough to keep it busy, and few enough to bound memory."""


class Executor:
    """Judges programs on workers. Safe to use from several threads."""

    workers: int
    """Programs judged at one time."""
    limits: Limits
    """Limits for problems that have none of their own."""
    backend: Backend
    """Does what an executor is asked for."""

    @property
    def layers(self) -> tuple[str, ...]:
        """The protections in force, such as ``seccomp`` and ``landlock``."""
        return self.backend.layers

    def judge(self, problem: Problem, program: str) -> Verdict:
        """Run a program against all tests of a problem."""
        verdict: Verdict = self.backend.call("judge", problem, program)
        return verdict

    def observe(self, problem: Problem, program: str) -> Observed:
        """Judge a program and keep what the last test left, to explain a failure."""
        observed: Observed | Verdict = self.backend.call("observe", problem, program)
        return Observed(observed) if isinstance(observed, Verdict) else observed

    async def judge_async(self, problem: Problem, program: str) -> Verdict:
        """``judge`` for asyncio. Cancelling the task ends the program and frees its worker."""
        from rltf.sandbox import async_sandbox

        verdict: Verdict = await async_sandbox.call(self.backend, "judge", problem, program)
        return verdict

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
        result: RunResult = self.backend.call("run", None, (code, stdin, limits, files, fixtures))
        return result

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
        from rltf.sandbox import async_sandbox

        arguments = (code, stdin, limits, files, fixtures)
        result: RunResult = await async_sandbox.call(self.backend, "run", None, arguments)
        return result

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of this machine that it has started, except programs."""
        return self.backend.pids

    def close(self) -> None:
        """End all processes. Safe to call twice."""
        self.backend.close()

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
        stream = JobStream(self.backend, self.judge)
        return judge_many.judge_many(items, stream, _AHEAD * self.workers, as_completed)

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
