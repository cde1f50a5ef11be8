"""Judge the samples of a file, and measure their pass@k; see :mod:`rltf.cli.sample_scoring`."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rltf import manager
from rltf.cli.resumable_output import Lines, continuing
from rltf.cli.sample_scoring import ReadSamples, SampleScoring
from rltf.cli.score_reports import Failing, Unscored, plural, show_guarded
from rltf.common.file_writes import write_json
from rltf.common.progress import progress
from rltf.limits import Limits
from rltf.samples.verdict_line import JudgingCounts, verdict_line

if TYPE_CHECKING:
    from rltf.bench.counts import Counts
    from rltf.bench.sample_set import SampleSet
    from rltf.scoring.pipeline import Job

DEFAULT_KS = (1, 5)


def measure(
    scoring: SampleScoring,
    read: ReadSamples,
    sample_set: SampleSet | None,
    ks: Sequence[int] | None,
    out: Path | None,
    results_to: Callable[[], Path] | None,
    quiet: bool,
) -> dict[str, Any] | None:
    """Judge the samples, write a line for each, and return what results.json holds.

    Args:
        scoring: Which samples to judge, and how.
        read: What the first reading found.
        sample_set: The samples as a benchmark; ``None``: only the lines are wanted.
        ks: The values of k for pass@k, or ``None``.
        out: File of the lines; ``None``: stdout.
        results_to: Chooses the file of the results in the folder of ``out``, when they are there:
            until then, another command may have written its own.
        quiet: Write no lines where there is no ``out``.
    """
    if sample_set is None:
        judge_samples(scoring, read, out, None, quiet, lambda: None)
        return None
    from rltf.bench.counts import Counts
    from rltf.bench.results import results

    started = time.perf_counter()
    ks = choose_ks(ks, sample_set.n)
    counts = Counts(sample_set.dataset_slice.problems, sample_set.n)
    about = sample_set.about(scoring.preset, scoring.limits or Limits(), scoring.decisive_options)
    found: dict[str, Any] = {}
    written: list[Path] = []

    def finish() -> None:
        seconds = {"total": time.perf_counter() - started}
        without_tests = sample_set.dataset_slice.without_tests
        found.update(results(about, counts, ks, without_tests, seconds))
        if out is not None:
            found["verdicts"] = out.name
        if out is not None and results_to is not None:
            written.append(results_to())
            # a part of its own: another command may write its results to this folder now
            write_json(written[0], found, out.with_name(f"{out.name}.results.part"))

    judge_samples(scoring, read, out, counts, quiet, finish)
    for file in written:
        click.echo(f"rltf: {file}", err=True)
    return found


def choose_ks(ks: Sequence[int] | None, n: int) -> Sequence[int]:
    """Return the values of k for pass@k, where the largest number of samples is ``n``."""
    if ks and max(ks) > n:
        raise click.UsageError(
            f"pass@{max(ks)} needs {max(ks)} samples of a problem; the file has at most {n}."
        )
    return ks or [k for k in DEFAULT_KS if k <= n]


def show_results(results: Mapping[str, Any], as_json: bool, *, err: bool = False) -> None:
    """Print the table of the results, or the results as JSON."""
    from rltf.bench.table import status_bars, table

    click.echo(json.dumps(results, indent=2) if as_json else table(results), err=err)
    if not as_json and not err and sys.stdout.isatty():
        click.echo("\n".join(["", *status_bars(results, sys.stdout.encoding)]))
    if results["statuses"] == {"unscored": results["unscored"]}:
        raise click.ClickException("no sample could be judged.")


@dataclass
class _Progress:
    """What was judged so far, and what is said of it at the end."""

    counts: Counts | None
    failing: Failing
    statuses: Counter[str] = field(default_factory=Counter)
    unscored: Unscored = field(default_factory=Unscored)
    modes: JudgingCounts = field(default_factory=JudgingCounts)

    def add(self, line: Mapping[str, Any], job: Job, written: Mapping[str, Any]) -> None:
        self.statuses[str(line.get("status"))] += 1
        self.failing.add(job.problem, job.sample, line)
        self.unscored.count(line)
        self.modes.add(line)
        if self.counts is not None and self.counts.knows(job.problem):
            self.counts.add_sample({**line, **written})
            self.counts.add_verdict(line)


def judge_samples(
    scoring: SampleScoring,
    read: ReadSamples,
    out: Path | None,
    counts: Counts | None,
    quiet: bool,
    finish: Callable[[], None],
) -> None:
    """Write a line for each sample, and fill the counts.

    Args:
        scoring: Which samples to judge, and how.
        read: What the first reading found.
        out: File of the lines; ``None``: stdout.
        counts: Counts the samples of problems that it knows; ``None``: no results are wanted.
        quiet: Write no lines where there is no ``out``.
        finish: Called when all lines are written and ``out`` can still be continued: whatever ends
            the command before it returns, no verdict is lost.
    """
    from rltf.scoring.pipeline import score_stream

    total = read.counts.total()
    state = _Progress(counts, Failing(scoring.most_shown))
    jobs = scoring.jobs()
    options = dict(scoring.options)
    if scoring.cache is not None:
        options["cache"] = scoring.cache
    if scoring.limits is not None:
        options["limits"] = scoring.limits
    started = time.monotonic()
    with manager.get("executor", scoring.executor, **options) as sandbox:
        with _lines(scoring, read, out, quiet) as lines:
            for line, (job, written) in zip(lines.kept(), jobs, strict=False):
                state.add(line, job, written)
            if finished := state.statuses.total():
                click.echo(f"rltf: continuing after {finished} of {total} samples", err=True)
            waiting: _Waiting = deque()
            stream = score_stream(_noting(jobs, waiting), scoring.scorer, sandbox)
            for scored in progress(stream, total=total - finished, unit="samples"):
                line = verdict_line(scored)
                lines.write(json.dumps(line))
                state.add(line, *waiting.popleft())
            if state.statuses.total() != total:
                raise click.ClickException(
                    f"{scoring.samples} changed while it was judged: {total} samples at first, "
                    f"then {state.statuses.total()}."
                )
            finish()
        state.failing.show(sandbox)
    _summarise(scoring, state, total, time.monotonic() - started)


_Waiting = deque[tuple["Job", Mapping[str, Any]]]
"""Samples whose lines have not come yet, in order."""


def _noting(jobs: Iterator[tuple[Job, Mapping[str, Any]]], waiting: _Waiting) -> Iterator[Job]:
    for job, written in jobs:
        waiting.append((job, written))
        yield job


class _NoLines:
    """Lines that nobody wants."""

    def kept(self) -> Iterator[dict[str, Any]]:
        return iter(())

    def write(self, line: str) -> None:
        pass


def _lines(
    scoring: SampleScoring, read: ReadSamples, out: Path | None, quiet: bool
) -> AbstractContextManager[Lines]:
    if out is None and quiet:
        return nullcontext(_NoLines())
    return continuing(out, read.identity, scoring.samples, scoring.data)


def _summarise(scoring: SampleScoring, state: _Progress, total: int, seconds: float) -> None:
    summary = ", ".join(f"{count} {status}" for status, count in state.statuses.most_common())
    click.echo(f"rltf: {plural(total, 'sample')} in {seconds:.1f} s: {summary}", err=True)
    state.unscored.summarise()
    show_guarded(state.modes)
    failures = scoring.scorer.failures
    for plugin, failed in failures.counts.items():
        click.echo(f"rltf: {plugin} failed on {failed} of {total} samples", err=True)
        if failed == total:
            raise click.ClickException(failures.last[plugin])
