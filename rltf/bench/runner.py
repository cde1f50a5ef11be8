"""Run a benchmark: the model writes while the sandbox judges, and the folder keeps the results.

    problems x n ─► requests ─► writer ─► samples.jsonl ─► pipeline ─► verdicts.jsonl ─► counts

A sample depends only on model, prompt, sampling, task, number and seed. After a kill, the folder is
read back and the missing samples are requested in the same batches as before, so that the results
are those of an uninterrupted run.
"""

from __future__ import annotations

from collections.abc import Iterator

from rltf import manager
from rltf.bench.background_judge import BackgroundJudge
from rltf.bench.bench_folder import BenchFolder
from rltf.bench.benchmark import Benchmark, Requests
from rltf.bench.counts import Counts
from rltf.common.stopwatch import Stopwatch
from rltf.errors import BenchError, RltfError
from rltf.models.writer import Completion
from rltf.scoring.scorer import Scorer

REWARDS = ("coarse", "fine", "adaptive")
"""The rewards that verdicts.jsonl shows beside the verdicts."""


class WriterFailed(RltfError):
    """A policy did not write all the samples that were requested."""


class BenchStopwatch(Stopwatch):
    """Times of this process: loading, writing, and waiting for verdicts after the last sample."""

    NAMES = ("load", "generation", "judging_exposed")
    OVERLAPPING: frozenset[str] = frozenset()


def read_back(folder: BenchFolder, counts: Counts) -> None:
    """Count what the folder holds.

    Raises :class:`BenchError` if a line is not of this benchmark.
    """
    for file, count_line in (
        (folder.samples, counts.add_sample),
        (folder.verdicts, counts.add_verdict),
    ):
        for number, line in enumerate(file, 1):
            try:
                count_line(line)
            except (KeyError, TypeError, ValueError) as error:
                raise BenchError(
                    f"{file.path}, line {number}: not of this benchmark ({error!r}); "
                    "give another --out"
                ) from None


def complete(
    benchmark: Benchmark, folder: BenchFolder, counts: Counts, stopwatch: Stopwatch
) -> Iterator[None]:
    """Write and judge the missing samples; yield once for every new verdict."""
    requests = Requests(benchmark, counts.written)
    judged = counts.judged
    if not len(requests) and judged.all():
        return
    config, executor = benchmark.config, benchmark.executor
    options = {"isolation": config.isolation, "judging": config.judging}
    options = manager.accepted_options("executor", executor, options)
    with (
        manager.get("executor", executor, limits=config.limits, **options) as sandbox,
        BackgroundJudge(
            folder,
            {problem.task_id: problem for problem in benchmark.problems},
            sandbox,
            Scorer(REWARDS),
            needs_verdict=lambda line: not judged[counts.position(line)],
            written=int(counts.written.sum()),
        ) as judge,
    ):
        for batch in _batches(benchmark, requests, stopwatch):
            lines = [requests.line(index, completion) for index, completion in batch]
            new = [line for line in lines if counts.add_sample(line)]
            folder.samples.append(new)
            judge.add_written(len(new))
            yield from _count_verdicts(judge, counts, wait=False)
        judge.end()
        if missing := int((~counts.written).sum()):
            raise WriterFailed(f"policy {benchmark.writer.name} left out {missing} samples")
        with stopwatch.measure("judging_exposed"):
            yield from _count_verdicts(judge, counts, wait=True)


def _count_verdicts(judge: BackgroundJudge, counts: Counts, wait: bool) -> Iterator[None]:
    for line in judge.new_verdicts(wait):
        counts.add_verdict(line)
        yield


def _batches(
    benchmark: Benchmark, requests: Requests, stopwatch: Stopwatch
) -> Iterator[list[tuple[int, Completion]]]:
    """Yield the batches that the model writes, and measure the time that it takes."""
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
