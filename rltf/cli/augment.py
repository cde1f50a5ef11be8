"""``rltf augment``: write a problem file with additional tests for a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rltf import manager
from rltf.cli.dataset_options import data_option, limit_option, seed_option, split_option
from rltf.cli.option_type import option_type
from rltf.cli.resumable_output import writing
from rltf.cli.sandbox_options import executor_option, require_layer
from rltf.common.long_integers import dumps
from rltf.common.options import PositiveInt
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
@data_option
@split_option
@limit_option
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
    type=option_type(PositiveInt),
    metavar="N",
    help="Maximum number of tests to add to a problem.",
)
@seed_option
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

    dataset_slice = take(dataset, data, split, limit)
    problems = dataset_slice.problems
    wrong_programs = _programs_by_task(wrong, dataset_slice.source) if wrong else {}
    inputs_by_task: Mapping[str, Sequence[Input]] = {}
    if policy is not None:
        from rltf.augment.model_inputs import ModelInputs

        model_inputs = ModelInputs(problems, seed)
        completions = model_inputs.ask(policy)
        for _ in progress(completions, total=model_inputs.completions, unit="completions"):
            pass
        inputs_by_task = model_inputs.by_task()
    totals = Totals()
    with (
        writing(out, data, wrong) as file,
        manager.get("executor", executor, isolation="program") as shared,
        manager.get("executor", executor, stop_on_failure=True) as fresh,
    ):
        augmented = augment_all(
            problems,
            Augmenter(shared, fresh, tests_per_problem, seed),
            cpu_cores.available(),
            seed=seed,
            wrong=wrong_programs,
            model_inputs=inputs_by_task,
        )
        for result in progress(augmented, total=len(problems), unit="problems"):
            try:
                line = dumps(problem_line(result.problem))
            except (TypeError, ValueError) as error:
                task_id = result.problem.task_id
                click.echo(
                    f"rltf: problem {task_id} cannot be written as a line: {error}", err=True
                )
                continue
            totals.add(result)
            file.write(f"{line}\n")
    for line in _summary(totals):
        click.echo(f"rltf: {line}", err=True)
    if without_tests := len(dataset_slice.without_tests):
        click.echo(f"rltf: left out, without tests: {without_tests} problems", err=True)


def _programs_by_task(samples: Path, dataset: Dataset) -> Mapping[str, Sequence[str]]:
    """Return the programs of a sample file by task id."""
    from rltf.samples.sample_file import SampleFile

    programs: dict[str, list[str]] = {}
    for problem, sample in SampleFile(samples, dataset):
        programs.setdefault(problem.task_id, []).append(sample.program)
    return programs


def _summary(totals: Totals) -> list[str]:
    lines = [
        f"{totals.tests} new tests for {totals.augmented} of {totals.problems} problems",
        f"{totals.killed} of {totals.survivors} wrong programs and mutants that passed fail now, "
        f"and all {totals.references} references pass",
    ]
    return lines + [
        f"left as they are, {why}: {count} problems" for why, count in totals.left.items()
    ]
