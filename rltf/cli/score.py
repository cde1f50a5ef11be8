"""``rltf score``: judge and reward samples from any source."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rltf import __version__, manager
from rltf.cli.option_type import option_type
from rltf.cli.resumable_output import continuing
from rltf.cli.sandbox_options import (
    executor_option,
    isolation_option,
    isolation_options,
    judging_option,
    judging_options,
    require_layer,
)
from rltf.common.digests import data_digest
from rltf.common.options import PositiveInt
from rltf.common.progress import progress
from rltf.dataset import Isolation
from rltf.errors import DataError
from rltf.samples.verdict_line import JudgingCounts, verdict_from_dict, verdict_line
from rltf.verdict import JudgingChoice

if TYPE_CHECKING:
    from rltf.problem import Problem
    from rltf.sample import Sample
    from rltf.sandbox import Sandbox

_MAX_SHOWN = 20
"""Maximum number of invalid lines, or of reasons for unscored samples, to show."""
_FAILURES = 5
"""Number of failures that ``--show-failures`` shows by default."""


class _Score(click.Command):
    """Accepts ``--show-failures`` with or without a number."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(
            ctx,
            [
                f"{arg}={_FAILURES}"
                if arg == "--show-failures" and not following.lstrip("-").isdigit()
                else arg
                for arg, following in zip_longest(args, args[1:], fillvalue="")
            ],
        )


@click.command(cls=_Score)
@click.argument("samples", metavar="SAMPLES.jsonl", type=click.Path(path_type=Path))
@click.option(
    "--dataset", required=True, metavar="NAME", help="Dataset that the samples belong to."
)
@click.option(
    "--data", metavar="PATH", type=click.Path(), help="File or folder that holds the dataset."
)
@click.option(
    "--reward",
    "spec",
    default="coarse,fine,adaptive",
    show_default=True,
    metavar="A,B",
    help="Rewards to compute. Weights after a colon affect only training.",
)
@click.option(
    "--classifier",
    default="rltf",
    metavar="NAME",
    help="Classifier that locates the fault in a program.  [rltf]",
)
@click.option(
    "--out",
    metavar="OUT.jsonl",
    type=click.Path(path_type=Path),
    help="Output file; compressed if its name ends in .gz.  [stdout]",
)
@click.option(
    "--cache",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Store verdicts in this file, and reuse them in later runs.",
)
@click.option("--skip-invalid", is_flag=True, help="Skip invalid lines and report them.")
@click.option(
    "--show-failures",
    "most_shown",
    type=option_type(PositiveInt),
    metavar="[N]",
    help=f"Show the first failing test of the first N failing samples.  [{_FAILURES}]",
)
@isolation_option
@judging_option
@executor_option
@require_layer
def score(
    samples: Path,
    dataset: str,
    data: str | None,
    spec: str,
    classifier: str,
    out: Path | None,
    cache: Path | None,
    skip_invalid: bool,
    most_shown: int | None,
    isolation: Isolation | None,
    judging: JudgingChoice | None,
    executor: str,
) -> None:
    """Judge and reward the programs in SAMPLES.

    Writes one line of JSON for each program, with its verdict and rewards.

    SAMPLES holds JSON lines or a JSON list, gzipped or not, or is a folder of TASK/N.py. A line is
    {"task_id", "solution"}, {"task_id", "completion"}, {"prompt", "response"}, or a list of
    programs for the next problem. A list of programs may replace a program.

    With --out, rerun an interrupted command to resume it.
    """
    from rltf.samples.sample_file import SampleFile, incomplete
    from rltf.scoring.pipeline import score_stream
    from rltf.scoring.scorer import Scorer

    scorer = Scorer(spec, classifier=classifier)
    problems = manager.get("dataset", dataset, path=data)
    options = isolation_options(executor, problems, isolation)
    options |= judging_options(executor, judging)
    invalid = _Invalid() if skip_invalid else None
    # Read all samples before any work is done, so that an invalid line is reported at once.
    identity = [__version__, sys.version, dataset, spec, classifier, executor, options]
    digest = hashlib.sha256(json.dumps([*identity, out and data_digest(data)]).encode())
    counts: Counter[str] = Counter()
    for problem, sample in SampleFile(samples, problems, invalid):
        counts[problem.task_id] += 1
        if out is not None:
            digest.update(json.dumps([problem.task_id, sample.program]).encode())
    if invalid:
        invalid.summarise()
    total = counts.total()
    if not total:
        raise DataError(f"{samples}: no{' valid' * bool(skip_invalid)} samples in this file")
    jobs = iter(SampleFile(samples, problems, (lambda _: None) if skip_invalid else None))
    statuses: Counter[str] = Counter()
    started = time.monotonic()
    if cache is not None:
        options["cache"] = cache
    failing = _Failing(most_shown or 0)
    unscored = _Unscored()
    modes = JudgingCounts()
    with manager.get("executor", executor, **options) as sandbox:
        with continuing(out, digest.hexdigest(), samples, data) as lines:
            for line, job in zip(lines.kept(), jobs, strict=False):
                statuses[str(line.get("status"))] += 1
                failing.add(*job, line)
                unscored.count(line)
                modes.add(line)
            if finished := statuses.total():
                click.echo(f"rltf: continuing after {finished} of {total} samples", err=True)
            stream = score_stream(jobs, scorer, sandbox)
            for scored in progress(stream, total=total - finished, unit="samples"):
                line = verdict_line(scored)
                lines.write(json.dumps(line))
                statuses[scored.verdict.status] += 1
                failing.add(scored.judged.problem, scored.sample, line)
                unscored.count(line)
                modes.add(line)
            if statuses.total() != total:
                raise click.ClickException(
                    f"{samples} changed while it was judged: {total} samples at first, then "
                    f"{statuses.total()}."
                )
        failing.show(sandbox)
    seconds = time.monotonic() - started
    summary = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    click.echo(f"rltf: {_plural(total, 'sample')} in {seconds:.1f} s: {summary}", err=True)
    unscored.summarise()
    _show_guarded(modes)
    if missing := incomplete(problems, counts):
        click.echo(f"rltf: {missing}", err=True)
    for plugin, failed in scorer.failures.counts.items():
        click.echo(f"rltf: {plugin} failed on {failed} of {total} samples", err=True)
        if failed == total:
            raise click.ClickException(scorer.failures.last[plugin])


def _show_guarded(modes: JudgingCounts) -> None:
    """Say on stderr which samples were judged in the process of the test, and why."""
    if modes.guarded:
        tests = modes.to_dict()["tests"]["guarded"]
        click.echo(
            f"rltf: {_plural(modes.guarded, 'sample')} judged guarded ({_plural(tests, 'test')}), "
            "in the process of the test, where a program may cheat",
            err=True,
        )
        for reason in modes.reasons("guarded"):
            click.echo(f"rltf:   {reason}", err=True)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"


class _Failing:
    """Collects the first samples that do not pass, to show them at the end."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._samples: list[tuple[Problem, Sample, Mapping[str, Any]]] = []

    def add(self, problem: Problem, sample: Sample, line: Mapping[str, Any]) -> None:
        """Add a sample if it does not pass and more samples may be shown."""
        if len(self._samples) < self._most and line.get("status") != "passed":
            self._samples.append((problem, sample, line))

    def show(self, sandbox: Sandbox) -> None:
        """Show the first failed test of each sample on stderr."""
        from rltf.explain.failure import explain

        for problem, sample, line in self._samples:
            verdict = verdict_from_dict(line)
            first, *rest = explain(sandbox, problem, sample.program, verdict)
            click.echo("\n".join([f"\nsample {sample.index} of {first}", *rest]), err=True)
        if self._samples:
            click.echo(err=True)


class _Unscored:
    """Counts unscored samples by reason."""

    def __init__(self) -> None:
        self._tasks: dict[str, list[str]] = {}
        """Reason to the task ids of the samples."""

    def count(self, line: Mapping[str, Any]) -> None:
        """Count a sample if it is unscored."""
        if line.get("status") == "unscored":
            reason = " ".join(str(line.get("reason")).split())
            self._tasks.setdefault(reason, []).append(str(line["task_id"]))

    def summarise(self) -> None:
        """Print one line for each reason on stderr."""
        for reason, tasks in list(self._tasks.items())[:_MAX_SHOWN]:
            problems = f"{_plural(len(set(tasks)), 'problem')}, the first is {tasks[0]!r}"
            samples = _plural(len(tasks), "sample")
            click.echo(f"rltf: {samples} unscored ({problems}): {reason}", err=True)
        if (more := len(self._tasks) - _MAX_SHOWN) > 0:
            click.echo(f"rltf: samples are unscored for {more} more reasons", err=True)


class _Invalid:
    """Reports the first invalid lines, and counts all of them."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, fault: str) -> None:
        self._count += 1
        if self._count <= _MAX_SHOWN:
            click.echo(f"rltf: skipped: {fault}", err=True)

    def summarise(self) -> None:
        """Print the number of invalid lines on stderr."""
        if self._count:
            shown = f"; the first {_MAX_SHOWN} are shown" if self._count > _MAX_SHOWN else ""
            click.echo(f"rltf: {_plural(self._count, 'invalid line')} skipped{shown}", err=True)
