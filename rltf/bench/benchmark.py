"""A benchmark, and the requests for the samples that it still lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from rltf.bench.config import BenchConfig
from rltf.common.seeds import derive_seed
from rltf.models.writer import Completion, Request, Writer
from rltf.problem import Problem
from rltf.prompt import PromptFormat
from rltf.sample import Sample
from rltf.samples.verdict_line import sample_line


@dataclass(frozen=True)
class Benchmark:
    """What to write and to judge."""

    config: BenchConfig
    problems: Sequence[Problem]
    prompts: Sequence[str]
    """One for each problem."""
    format: PromptFormat
    writer: Writer
    executor: str
    prefixes: Sequence[Sequence[str]] = ()
    """(problems, n) texts that the completions must begin with; empty: none."""


class Requests(Sequence[Request]):
    """The requests for the missing samples of a benchmark; each is built when it is needed.

    Problems with prompts of similar length are neighbours, and so are a problem's ``n`` requests.
    A writer may write several consecutive requests together (its ``together``; otherwise
    ``batch_size``). If a sample of them is missing, all are requested, so that the model reads them
    in the same batches and writes the same samples.
    """

    def __init__(self, benchmark: Benchmark, written: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        self._benchmark = benchmark
        lengths = [len(prompt) for prompt in benchmark.prompts]
        self._order = np.argsort(lengths, kind="stable")
        self._n = benchmark.config.n
        missing = ~written[self._order].reshape(-1)
        together = getattr(benchmark.writer, "together", benchmark.config.batch_size)
        batch = np.arange(len(missing)) // together
        incomplete = np.zeros(int(batch[-1]) + 1, dtype=bool)
        incomplete[batch[missing]] = True
        self._numbers = np.flatnonzero(incomplete[batch])

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Request: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Request]: ...
    def __getitem__(self, index: int | slice) -> Request | Sequence[Request]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        row, column = self._position(index)
        benchmark = self._benchmark
        seed = derive_seed(benchmark.config.seed, benchmark.problems[row].task_id, column)
        prefix = benchmark.prefixes[row][column] if benchmark.prefixes else ""
        return Request(benchmark.prompts[row], seed, prefix)

    def line(self, index: int, completion: Completion) -> Mapping[str, Any]:
        """Return the line of samples.jsonl for a completion; ``rltf score`` reads it."""
        row, column = self._position(index)
        problem = self._benchmark.problems[row]
        is_answered = not completion.unanswered
        program = self._benchmark.format.program(problem, completion.text) if is_answered else ""
        sample = Sample(problem.task_id, program, index=column, truncated=completion.truncated)
        line = sample_line(sample) | {"completion": completion.text}
        return line if is_answered else line | {"unanswered": completion.unanswered}

    def _position(self, index: int) -> tuple[int, int]:
        """Return row and column of the sample that a request is for.

        Raises ``IndexError`` past the end, as the iteration over a sequence needs it.
        """
        number = int(self._numbers[index])
        return int(self._order[number // self._n]), number % self._n
