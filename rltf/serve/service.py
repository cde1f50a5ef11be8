"""The sandbox pool behind all routes: what it accepts, caps and counts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from rltf.limits import Limits
from rltf.problem import Problem
from rltf.reward import ScoredSample
from rltf.sample import Sample
from rltf.serve.metrics import Metrics
from rltf.serve.options import ServeOptions
from rltf.serve.refusal import Overloaded, Refusal
from rltf.verdict import Verdict

if TYPE_CHECKING:
    from rltf.sandbox import RunResult, Sandbox
    from rltf.scoring.scorer import Scorer

_BODIES_BYTES = 1 << 30
"""Bytes of all requests that are being read or answered."""
_SHORTEST_S = 0.01


class Service:
    """Runs and judges programs for requests. Used by the thread of one event loop.

    Args:
        sandbox: Runs the programs.
        options: What is accepted.
        has_folder: Whether this machine can give a program a folder for files.
    """

    def __init__(self, sandbox: Sandbox, options: ServeOptions, has_folder: bool = True) -> None:
        self._sandbox = sandbox
        self.options = options
        self.has_folder = has_folder
        self.metrics = Metrics()
        self.accepted = 0
        """Programs that are accepted and not answered yet."""
        self.bodies = 0
        """Bytes of the requests in memory."""
        self._capped = lru_cache(maxsize=1024)(self._cap)
        self._scoring = threading.Lock()

    # -------------------------------------------------------------------------------- admission

    @contextmanager
    def admit(self, programs: int = 1) -> Iterator[None]:
        """Accept programs for as long as the context lasts.

        Raises:
            Overloaded: There are too many already.
            Refusal: There are more than this server ever accepts.
        """
        if programs > self.options.queue:
            raise Refusal(
                413, f"{programs} programs in one request; this server accepts {self.options.queue}"
            )
        if self.accepted + programs > self.options.queue:
            raise Overloaded
        self.accepted += programs
        try:
            yield
        finally:
            self.accepted -= programs

    @property
    def is_full(self) -> bool:
        """Whether not even one program would be accepted, or no body read."""
        return self.accepted >= self.options.queue or self.bodies >= _BODIES_BYTES

    # ------------------------------------------------------------------------------------ limits

    def limits(self, cpu_s: float | None = None, memory_mb: int | None = None) -> Limits:
        """Return the limits of a program that asks for these: no more than the server's.

        A program that sleeps has as many seconds as one that computes.
        """
        return self._capped(cpu_s, memory_mb)

    def _cap(self, cpu_s: float | None, memory_mb: int | None) -> Limits:
        most = self.options.limits
        cpu_s = most.cpu_s if cpu_s is None else min(max(cpu_s, _SHORTEST_S), most.cpu_s)
        memory = most.memory_mb if memory_mb is None else min(memory_mb, most.memory_mb)
        return replace(most, cpu_s=cpu_s, wall_s=cpu_s, memory_mb=memory)

    def cap(self, limits: Limits) -> Limits:
        """Return a problem's limits, each no more than the server's."""
        most = self.options.limits
        return Limits(
            cpu_s=min(limits.cpu_s, most.cpu_s),
            wall_s=min(limits.wall_limit_s, most.wall_limit_s),
            memory_mb=min(limits.memory_mb, most.memory_mb),
            output_bytes=min(limits.output_bytes, most.output_bytes),
            threads=min(limits.threads, most.threads),
            open_files=min(limits.open_files, most.open_files),
            files_mb=min(limits.files_mb, most.files_mb),
            files=min(limits.files, most.files),
        )

    # ---------------------------------------------------------------------------------- programs

    async def run(
        self,
        code: str,
        stdin: str,
        limits: Limits,
        fixtures: Mapping[str, bytes] = MappingProxyType({}),
    ) -> RunResult:
        """Run a program once, in a folder for files where the machine has one to give."""
        result = await self._sandbox.run_async(
            code, stdin, limits, files=self.has_folder, fixtures=fixtures
        )
        self.metrics.ran(result.status, result.cpu_s)
        return result

    async def judge(self, problem: Problem, program: str) -> Verdict:
        """Judge a program."""
        verdict = await self._sandbox.judge_async(problem, program)
        self.metrics.ran(verdict.status, sum(test.cpu_s for test in verdict.tests))
        return verdict

    async def score(self, items: Sequence[tuple[Problem, Sample]]) -> list[ScoredSample]:
        """Judge and reward samples; the results come in their order."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self.judge(problem, sample.program)) for problem, sample in items
            ]
        verdicts = [task.result() for task in tasks]

        def reward() -> list[ScoredSample]:
            with self._scoring:  # rewards need not be safe for several threads
                return [
                    self._scorer(problem, sample, verdict)
                    for (problem, sample), verdict in zip(items, verdicts, strict=True)
                ]

        return await asyncio.to_thread(reward)

    def total(self, rewards: Mapping[str, float | None]) -> float:
        """Return the rewards of a sample as one number, as ``rltf run`` weighs them."""
        weights = self._scorer.weights
        return sum(weights[name] * value for name, value in rewards.items() if value is not None)

    @cached_property
    def _scorer(self) -> Scorer:
        from rltf.scoring.scorer import Scorer

        return Scorer(self.options.rewards)

    def gauges(self) -> dict[str, tuple[str, float]]:
        """Return the state of the queue, for :meth:`Metrics.text`."""
        return {
            "rltf_queue_programs": ("Programs accepted and not answered yet.", self.accepted),
            "rltf_queue_limit": ("Programs accepted at most.", self.options.queue),
            "rltf_workers": ("Programs that run at one time.", self._sandbox.workers),
        }
