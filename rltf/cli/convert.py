"""``rltf convert``: convert samples and results to the format of another tool."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rltf import manager
from rltf.cli.dataset_options import data_option, dataset_option
from rltf.cli.resumable_output import writing
from rltf.common.file_writes import put_in_place
from rltf.conversion.formats import FORMS, guess
from rltf.errors import Refused

if TYPE_CHECKING:
    from rltf.conversion.converted_sample import ConvertedSample, Losses
    from rltf.dataset import Dataset

_form = click.Choice(list(FORMS))


@click.command()
@click.argument("source", metavar="A", type=click.Path(path_type=Path))
@click.argument("target", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "source_form",
    type=_form,
    metavar="FORM",
    help="Expected format of A; any other is refused.",
)
@click.option(
    "--to",
    "target_form",
    type=_form,
    metavar="FORM",
    help="Format of B.  [default: inferred from its name]",
)
@dataset_option(required=False)
@data_option
@click.option(
    "--samples",
    metavar="SAMPLES",
    type=click.Path(path_type=Path),
    help="Sample file that A was scored from, if A is from rltf score.",
)
def convert(
    source: Path,
    target: Path,
    source_form: str | None,
    target_form: str | None,
    dataset: str | None,
    data: str | None,
    samples: Path | None,
) -> None:
    """Convert samples and results to the format of another tool.

    Reads the samples in A, with their results if there are any, and writes them to B.

    \b
    FORM is one of
      humaneval    JSON lines {"task_id", "completion"}      humaneval-results
      evalplus     JSON lines {"task_id", "solution"}        evalplus-results
      bigcode      .json list of lists, in dataset order     bigcode-results
      livecodebench  .json list {"question_id", "code_list"} livecodebench-results
      evalplus-folder  TASK/0.py, TASK/1.py, …
    """
    from rltf.conversion.converted_sample import Losses
    from rltf.conversion.read import read, read_verdicts
    from rltf.conversion.write import write
    from rltf.samples.sample_file import incomplete, sampled_splits
    from rltf.samples.verdict_line import holds_verdicts

    form = FORMS[target_form] if target_form else guess(target)
    if form.needs_dataset and dataset is None:
        raise click.UsageError(f"the form {form.name} needs the problems: give --dataset.")
    if data is not None and dataset is None:
        raise click.UsageError("--data is the data of a dataset: give --dataset.")
    problems = manager.get("dataset", dataset, path=data) if dataset else None
    if holds_verdicts(source):
        if samples is None:
            raise Refused(f"{source} holds verdicts without programs: give --samples.")
        entries = read_verdicts(source, samples, problems)
    else:
        entries = read(source, problems, FORMS[source_form] if source_form else None)
    losses = Losses()
    counts: Counter[str] = Counter()
    entries = _count_samples(entries, counts)
    if form.name == "evalplus-folder":
        _write_folder(target, entries, problems, losses)
    else:
        with writing(target, source, samples, data, keep_part=False) as file:
            write(form, entries, file, problems, losses)
    if problems and (missing := incomplete(sampled_splits(problems, counts), counts)):
        click.echo(f"rltf: {missing}", err=True)
    for loss, count in losses.items():
        if count:
            click.echo(f"rltf: warning: {count} times: {loss}", err=True)


def _count_samples(
    entries: Iterable[ConvertedSample], counts: Counter[str]
) -> Iterator[ConvertedSample]:
    """Yield the samples, and count those of each task."""
    for entry in entries:
        counts[entry.sample.task_id] += 1
        yield entry


def _write_folder(
    target: Path, entries: Iterable[ConvertedSample], dataset: Dataset | None, losses: Losses
) -> None:
    """Write a hidden folder beside the target, and rename it when it is complete."""
    from rltf.conversion.write import write_folder

    if os.path.lexists(target):
        raise Refused(f"cannot write {target}: it is there already.")
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise Refused(f"cannot write {target}: {error.strerror}.") from None
    try:
        write_folder(entries, temporary, dataset, losses)
        temporary.chmod(0o777 & ~_umask())
        put_in_place(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _umask() -> int:
    """Return this process' umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
