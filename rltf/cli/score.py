"""``rltf score``: judge samples made elsewhere."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import click

from rltf import manager
from rltf.cli.executor import executor_option
from rltf.cli.layers import require_layer
from rltf.cli.output import writing
from rltf.cli.progress import progress
from rltf.verdictline import verdict_line

_SHOWN = 20
"""Invalid lines that are shown."""


@click.command()
@click.argument("samples", metavar="SAMPLES.jsonl", type=click.Path(path_type=Path))
@click.option("--dataset", required=True, metavar="NAME", help="Where the problems come from.")
@click.option("--data", metavar="PATH", type=click.Path(), help="File or folder of the dataset.")
@click.option(
    "--reward",
    "spec",
    default="coarse,fine,adaptive",
    show_default=True,
    metavar="A,B",
    help="Rewards to write; a weight after a colon is for training and changes nothing here.",
)
@click.option(
    "--classifier", default="rltf", metavar="NAME", help="What reads the verdicts.  [rltf]"
)
@click.option(
    "--out",
    metavar="OUT.jsonl",
    type=click.Path(path_type=Path),
    help="Instead of stdout; .jsonl.gz is written in gzip.",
)
@click.option(
    "--cache",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Keep verdicts in this file, and run nothing that is in it.",
)
@click.option("--skip-invalid", is_flag=True, help="Leave invalid lines out, and say which.")
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
    executor: str,
) -> None:
    """Judge the programs in SAMPLES.jsonl, and write a line per program with verdict and rewards.

    The samples are JSON lines, a .json list, either of them in gzip, or a folder TASK/N.py. A line is
    {"task_id", "solution"}, {"task_id", "completion"}, {"prompt", "response"}, or a list of
    programs for the next problem; in place of a program there may be a list.
    """
    from rltf.samplefile import SampleFile
    from rltf.scoring import Scorer, score_stream

    scorer = Scorer(spec, classifier=classifier)
    problems = manager.get("dataset", dataset, path=data)
    invalid = _Invalid() if skip_invalid else None
    # Read once before any work is done: a bad line is named at once.
    total = sum(1 for _ in SampleFile(samples, problems, invalid))
    if invalid:
        invalid.summarise()
    jobs = SampleFile(samples, problems, (lambda _: None) if skip_invalid else None)
    statuses: Counter[str] = Counter()
    started = time.monotonic()
    options = {} if cache is None else {"cache": cache}
    with (
        manager.get("executor", executor, **options) as sandbox,
        writing(out, samples, data) as file,
    ):
        for scored in progress(score_stream(jobs, scorer, sandbox), total=total, unit="samples"):
            file.write(json.dumps(verdict_line(scored)) + "\n")
            statuses[scored.verdict.status] += 1
        if statuses.total() != total:
            raise click.ClickException(
                f"{samples} changed while it was judged: {total} samples at first, then "
                f"{statuses.total()}."
            )
    seconds = time.monotonic() - started
    counts = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    click.echo(f"rltf: {total} samples in {seconds:.1f} s: {counts or 'none'}", err=True)
    for plugin, failed in scorer.failures.counts.items():
        click.echo(f"rltf: {plugin} failed on {failed} of {total} samples", err=True)
        if failed == total:
            raise click.ClickException(scorer.failures.last[plugin])


class _Invalid:
    """Shows the first invalid lines, and counts all."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, fault: str) -> None:
        self._count += 1
        if self._count <= _SHOWN:
            click.echo(f"rltf: skipped: {fault}", err=True)

    def summarise(self) -> None:
        if self._count:
            shown = f"; the first {_SHOWN} are shown" if self._count > _SHOWN else ""
            click.echo(f"rltf: {self._count} invalid lines skipped{shown}", err=True)
