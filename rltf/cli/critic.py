"""``rltf critic``: train models that predict, for each token, the outcome of a program's tests."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rltf import manager
from rltf.cli.dataset_options import data_option, dataset_option, seed_option
from rltf.cli.option_type import option_type
from rltf.cli.sandbox_options import executor_option, require_layer
from rltf.common.options import PositiveFloat, PositiveInt
from rltf.common.progress import progress
from rltf.errors import Refused

if TYPE_CHECKING:
    from rltf.critic.training_data import Examples, SampledProgram
    from rltf.models.policy import Policy


@click.group()
def critic() -> None:
    """Train critics, which predict the outcome of tests (CodeRL)."""


@critic.command()
@click.argument("samples", metavar="SAMPLES", type=click.Path(path_type=Path))
@dataset_option(required=True)
@data_option
@click.option(
    "--verdicts",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Output of rltf score for SAMPLES.  [default: verdicts.jsonl next to SAMPLES, if any]",
)
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Output folder for the critic.",
)
@click.option(
    "--base",
    default="tiny",
    show_default=True,
    metavar="NAME",
    help="Policy whose model the critic is built on, such as codet5 or hf:PATH_OR_ID.",
)
@click.option(
    "--epochs",
    type=option_type(PositiveInt),
    default=10,
    show_default=True,
    metavar="N",
    help="Number of passes over the training programs.",
)
@click.option(
    "--batch-size",
    type=option_type(PositiveInt),
    default=8,
    show_default=True,
    metavar="N",
    help="Number of programs per optimizer step.",
)
@click.option(
    "--learning-rate",
    type=option_type(PositiveFloat),
    metavar="X",
    help="Peak learning rate.  [default: the base's own]",
)
@seed_option
@executor_option
@require_layer
def train(
    samples: Path,
    dataset: str,
    data: str | None,
    verdicts: Path | None,
    out: Path,
    base: str,
    epochs: int,
    batch_size: int,
    learning_rate: float | None,
    seed: int,
    executor: str,
) -> None:
    """Train a critic on the programs in SAMPLES.

    SAMPLES is a file that rltf score reads, or the folder of a run or a benchmark. Programs without
    a verdict are judged first. Reference programs are added as programs that pass. A tenth of the
    problems is held out to measure how often the critic is right.
    """
    from rltf.critic.training import find_base
    from rltf.critic.training_data import examples, read_programs

    policy = find_base(base)
    programs = read_programs(samples, manager.get("dataset", dataset, path=data), verdicts)
    _claim(out)
    chosen = examples(_judged(programs, executor), seed)
    click.echo(
        f"rltf: {len(chosen.train)} programs to learn from, {chosen.references} of them reference "
        f"programs; {len(chosen.held_out)} held out",
        err=True,
    )
    training = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
    }
    click.echo(_table(_train(chosen, policy, training, out)))
    click.echo(str(out))


def _claim(out: Path) -> None:
    """Create the critic's folder; refuse an existing folder that is not empty."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(f"{out} is there already: give another --out.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"cannot write a critic to {out}: {error.strerror}.") from None


def _judged(programs: Sequence[SampledProgram], executor: str) -> Sequence[SampledProgram]:
    """Return the programs with their statuses; judge the programs that have none."""
    from rltf.critic.training_data import judge

    if all(program.status is not None for program in programs):
        return programs
    with manager.get("executor", executor) as sandbox:
        return list(progress(judge(programs, sandbox), total=len(programs), unit="programs"))


def _train(
    chosen: Examples, base: Policy, training: dict[str, Any], out: Path
) -> Mapping[str, Any]:
    """Train and save a critic; return its accuracy on the held-out programs."""
    from rltf.critic.training import (
        Training,
        accuracy,
        default_learning_rate,
        new_critic,
        steps,
        train,
    )

    critic = new_critic(base, training["seed"])
    if training["learning_rate"] is None:
        training["learning_rate"] = default_learning_rate(critic.base)
    options = Training(**training)
    total = steps(len(chosen.train), options)
    for _ in progress(train(critic, chosen.train, options), total=total, unit="steps"):
        pass
    held_out = accuracy(critic, chosen.held_out)
    programs = {"train": len(chosen.train), "references": chosen.references}
    try:
        critic.save(out, training | programs | {"held_out": held_out})
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)  # so that the same command can run again
        raise
    return held_out


def _table(held_out: Mapping[str, Any]) -> str:
    from tabulate import tabulate

    rows: list[list[object]] = [
        [name, counts["programs"], counts["right"], counts["named"]]
        for name, counts in held_out["by_outcome"].items()
    ]
    columns = ("held out", "programs", "right", "named so")
    table = tabulate(rows, headers=columns, colalign=("left", "right", "right", "right"))
    return (
        f"{table}\n\n{held_out['accuracy']:.1%} right; always the commonest outcome: "
        f"{held_out['commonest']:.1%}"
    )
