"""Runs a benchmark: the model writes, the sandbox judges meanwhile, the folder remembers.

    problems x n ─► requests, by length ─► writer ─► samples.jsonl ─► judging ─► verdicts.jsonl ─► tally

A sample is a function of model, prompt, sampling, task, number and seed. What a killed run left is read
back, and of the rest the same requests are made in the same batches: the result is the one that the
uninterrupted run has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from rltf import manager
from rltf.bench.bench_folder import BenchFolder
from rltf.bench.config import SCHEMA, BenchConfig, BenchError
from rltf.bench.counts import Counts
from rltf.bench.judging import Judging
from rltf.common.seeds import derive_seed
from rltf.common.stopwatch import Stopwatch
from rltf.models.writer import Completion, Request, Writer
from rltf.problem import Problem
from rltf.prompt import PromptFormat
from rltf.scoring.pipeline import Scorer

if TYPE_CHECKING:
    from rltf.bench.critic_sampling import Refiner

REWARDS = ("coarse", "fine", "adaptive")
"""What a line of verdicts.jsonl shows besides the verdict."""


class WriterFailed(Exception):
    """A policy did not write what it was asked for."""


class BenchStopwatch(Stopwatch):
    """Of this process: making the model, writing, and waiting for verdicts after the last sample."""

    NAMES = ("load", "generation", "judging_exposed")


@dataclass(frozen=True)
class Benchmark:
    """What is to be written and judged."""

    config: BenchConfig
    problems: Sequence[Problem]
    prompts: Sequence[str]
    """One a problem."""
    format: PromptFormat
    writer: Writer
    executor: str
    refiner: Refiner | None = None
    """Makes critic sampling of it; the writer alone then only makes the first samples."""
    begun: Sequence[Sequence[str]] = ()
    """(problems, n) what each completion has to begin with; empty: nothing."""


def read_back(folder: BenchFolder, tally: Counts) -> None:
    """Count what the folder holds; :class:`BenchError` where it is not of this benchmark."""
    for file, count in ((folder.samples, tally.write), (folder.verdicts, tally.judge)):
        for number, line in enumerate(file, 1):
            try:
                count(line)
            except (KeyError, TypeError, ValueError) as error:
                raise BenchError(
                    f"{file.path}, line {number}: not of this benchmark ({error!r}); "
                    "give another --out"
                ) from None


def complete(
    benchmark: Benchmark, folder: BenchFolder, tally: Counts, stopwatch: Stopwatch
) -> Iterator[None]:
    """Write and judge what is missing; yields once for every verdict that is new."""
    requests = Requests(benchmark, tally.written)
    judged = tally.judged
    if not len(requests) and judged.all():
        return
    config, executor = benchmark.config, benchmark.executor
    isolation = manager.accepted_options("executor", executor, {"isolation": config.isolation})
    with (
        manager.get("executor", executor, limits=config.limits, **isolation) as sandbox,
        Judging(
            folder,
            {problem.task_id: problem for problem in benchmark.problems},
            sandbox,
            Scorer(REWARDS),
            wanted=lambda line: not judged[tally.place(line)],
            written=int(tally.written.sum()),
        ) as judging,
    ):
        for batch in _batches(benchmark, requests, stopwatch):
            lines = [requests.line(index, completion) for index, completion in batch]
            new = [line for line in lines if tally.write(line)]
            folder.samples.append(new)
            judging.written(len(new))
            for verdict in judging.verdicts(wait=False):
                tally.judge(verdict)
                yield
        judging.end()
        if missing := int((~tally.written).sum()):
            raise WriterFailed(f"policy {benchmark.writer.name} left out {missing} samples")
        with stopwatch.measure("judging_exposed"):
            for verdict in judging.verdicts(wait=True):
                tally.judge(verdict)
                yield


def _batches(
    benchmark: Benchmark, requests: Requests, stopwatch: Stopwatch
) -> Iterator[list[tuple[int, Completion]]]:
    """What the model writes, with the time that it takes."""
    if not len(requests):
        return
    config = benchmark.config
    batches = benchmark.writer.write(requests, config.sampling, benchmark.format.stops)
    while True:
        with stopwatch.measure("generation"):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


class Requests(Sequence[Request]):
    """The requests of a benchmark that are to be made, each built when it is asked for.

    Problems with prompts of like length stand together, and a problem's ``n`` requests one after the
    other. Consecutive ``batch_size`` of them are a batch, and a batch of which a sample is missing is
    asked for as a whole, so that it has the shape that it had before.
    """

    def __init__(self, benchmark: Benchmark, written: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        self._benchmark = benchmark
        lengths = [len(prompt) for prompt in benchmark.prompts]
        self._order = np.argsort(lengths, kind="stable")
        self._n = benchmark.config.n
        missing = ~written[self._order].reshape(-1)
        batch = np.arange(len(missing)) // benchmark.config.batch_size
        incomplete = np.zeros(int(batch[-1]) + 1, dtype=bool)
        incomplete[batch[missing]] = True
        self._places = np.flatnonzero(incomplete[batch])

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Request: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Request]: ...
    def __getitem__(self, index: int | slice) -> Request | Sequence[Request]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        row, column = self._place(index)
        benchmark = self._benchmark
        seed = derive_seed(benchmark.config.seed, benchmark.problems[row].task_id, column)
        begun = benchmark.begun[row][column] if benchmark.begun else ""
        return Request(benchmark.prompts[row], seed, begun)

    def line(self, index: int, completion: Completion) -> Mapping[str, Any]:
        """The line of samples.jsonl for a completion; ``rltf score`` reads it."""
        row, column = self._place(index)
        problem = self._benchmark.problems[row]
        line = {
            "schema": SCHEMA,
            "task_id": problem.task_id,
            "sample": column,
            "solution": self._benchmark.format.program(problem, completion.text),
            "completion": completion.text,
            "truncated": completion.truncated,
        }
        if completion.unanswered:
            line |= {"solution": "", "unanswered": completion.unanswered}
        return line

    def _place(self, index: int) -> tuple[int, int]:
        """Row and column of the sample that a request is for."""
        place = int(self._places[index])  # IndexError at the end, as iteration wants
        return int(self._order[place // self._n]), place % self._n
