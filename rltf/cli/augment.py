"""``rltf augment``: a problem file with more tests than a dataset has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rltf import manager
from rltf.cli.executor_options import executor_option
from rltf.cli.require_layer import require_layer
from rltf.cli.resumable_output import writing
from rltf.common.long_integers import dumps
from rltf.common.progress import progress

if TYPE_CHECKING:
    from rltf.augment.dataset import Totals
    from rltf.augment.signatures import Input
    from rltf.dataset import Dataset


@click.command()
@click.argument("dataset")
@click.option(
    "--out",
    required=True,
    metavar="PROBLEMS.jsonl",
    type=click.Path(path_type=Path),
    help="Problem file to write. Read it with --dataset file --data PROBLEMS.jsonl.",
)
@click.option("--data", metavar="PATH", help="File or folder that holds the dataset.")
@click.option("--split", metavar="NAME", default="all", show_default=True, help="Split to use.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Use only the first N problems.")
@click.option("--policy", metavar="NAME", help="Also ask this policy for new inputs.")
@click.option(
    "--wrong",
    metavar="SAMPLES.jsonl",
    type=click.Path(path_type=Path),
    help="Also use the wrong programs in this file, in any format that rltf score reads.",
)
@click.option(
    "--tests-per-problem",
    default=10,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="Maximum number of tests to add to a problem.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    metavar="N",
    help="Random seed; the same seed gives the same output.",
)
@executor_option
@require_layer
def augment(
    dataset: str,
    out: Path,
    data: str | None,
    split: str,
    limit: int | None,
    policy: str | None,
    wrong: Path | None,
    tests_per_problem: int,
    seed: int,
    executor: str,
) -> None:
    """Add tests to the problems in DATASET.

    The new tests catch wrong programs that the existing tests accept. New inputs are mutations of
    the existing ones, and the reference programs supply the expected outputs. Inputs on which the
    references disagree, fail or are not deterministic are skipped. A test is kept if it fails a
    program that passes the existing tests: a mutated reference program, or a program from --wrong.
    """
    from rltf.augment.augmenter import Augmenter
    from rltf.augment.dataset import Totals, augment_all
    from rltf.bench.dataset_slice import take
    from rltf.plugins.datasets.file import problem_line
    from rltf.sandbox.client import cpu_cores

    part = take(dataset, data, split, limit)
    recorded = _recorded(wrong, part.source) if wrong else {}
    asked: Mapping[str, Sequence[Input]] = {}
    if policy is not None:
        from rltf.augment.model_inputs import ModelInputs

        model_inputs = ModelInputs(part.problems, seed)
        asking = model_inputs.ask(policy)
        for _ in progress(asking, total=model_inputs.completions, unit="completions"):
            pass
        asked = model_inputs.by_task()
    totals = Totals()
    with (
        writing(out, data, wrong) as file,
        manager.get("executor", executor, isolation="program") as shared,
        manager.get("executor", executor, stop_on_failure=True) as fresh,
    ):
        augmented = augment_all(
            part.problems,
            Augmenter(shared, fresh, tests_per_problem, seed),
            cpu_cores.available(),
            seed=seed,
            wrong=recorded,
            model_inputs=asked,
        )
        for done in progress(augmented, total=len(part.problems), unit="problems"):
            try:
                line = dumps(problem_line(done.problem))
            except (TypeError, ValueError) as error:
                task_id = done.problem.task_id
                click.echo(
                    f"rltf: problem {task_id} cannot be written as a line: {error}", err=True
                )
                continue
            totals.add(done)
            file.write(f"{line}\n")
    for line in _summary(totals):
        click.echo(f"rltf: {line}", err=True)
    if part.without_tests:
        click.echo(f"rltf: left out, without tests: {len(part.without_tests)} problems", err=True)


def _recorded(samples: Path, source: Dataset) -> Mapping[str, Sequence[str]]:
    """Task id to the programs of a sample file."""
    from rltf.samples.sample_file import SampleFile

    found: dict[str, list[str]] = {}
    for problem, sample in SampleFile(samples, source):
        found.setdefault(problem.task_id, []).append(sample.program)
    return found


def _summary(totals: Totals) -> list[str]:
    lines = [
        f"{totals.tests} new tests for {totals.augmented} of {totals.problems} problems",
        f"{totals.killed} of {totals.survivors} wrong programs and mutants that passed fail now, "
        f"and all {totals.references} references pass",
    ]
    return lines + [
        f"left as they are, {why}: {count} problems" for why, count in totals.left.items()
    ]
