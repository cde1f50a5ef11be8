"""``rltf score``: judge samples made elsewhere."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from rltf import manager
from rltf.cli.executor import executor_option
from rltf.cli.layers import require_layer
from rltf.cli.progress import progress


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
    "--out", metavar="OUT.jsonl", type=click.Path(path_type=Path), help="Instead of stdout."
)
@executor_option
@require_layer
def score(
    samples: Path, dataset: str, data: str | None, spec: str, out: Path | None, executor: str
) -> None:
    """Judge the programs in SAMPLES.jsonl, and write a line per program with verdict and rewards.

    A line of SAMPLES.jsonl is {"task_id", "solution"}, {"task_id", "completion"}, {"prompt",
    "response"}, or a list of programs for the next problem; in place of a program there may be a
    list.
    """
    from rltf.samplefile import SampleFile
    from rltf.scoring import Scorer, parse_rewards, score_stream

    scorer = Scorer(parse_rewards(spec))
    jobs = SampleFile(samples, manager.get("dataset", dataset, path=data))
    total = sum(1 for _ in jobs)  # names a bad line before any work is done
    statuses: Counter[str] = Counter()
    started = time.monotonic()
    with manager.get("executor", executor) as sandbox, _writing(out) as file:
        for scored in progress(score_stream(jobs, scorer, sandbox), total=total, unit="samples"):
            file.write(json.dumps(scored.to_dict()) + "\n")
            statuses[scored.verdict.status] += 1
        if statuses.total() != total:
            raise click.ClickException(
                f"{samples} changed while it was judged: {total} samples at first, then "
                f"{statuses.total()}."
            )
    seconds = time.monotonic() - started
    counts = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    click.echo(f"rltf: {total} samples in {seconds:.1f} s: {counts or 'none'}", err=True)


@contextmanager
def _writing(out: Path | None) -> Iterator[TextIO]:
    """The file to write to; it takes its name when it is whole."""
    if out is None:
        yield sys.stdout
        return
    if out.exists() and not out.is_file():
        raise click.UsageError(f"cannot write {out}: it is there, and is not a regular file.")
    part = out.with_name(f"{out.name}.part")
    try:
        file = part.open("w", encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"cannot write {out}: {error.strerror}.") from None
    with file:
        yield file
    os.replace(part, out)
