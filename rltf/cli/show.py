"""``rltf show``: the samples of a run, with what the tests and training made of them."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rltf import manager
from rltf.cli.option_type import option_type
from rltf.common.options import NonNegativeInt, PositiveInt
from rltf.errors import ConfigError, RltfError
from rltf.verdict import STATUSES

if TYPE_CHECKING:
    from rltf.explain.tinted_program import Paint
    from rltf.problem import Problem
    from rltf.sandbox import Sandbox
    from rltf.trainer.config import Config

_MOST_SHOWN = 5
"""Samples to show if the user sets no limit."""


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--task", metavar="ID", help="Show the samples of this task.")
@click.option(
    "--status", type=click.Choice([*STATUSES, "unscored"]), help="Show samples with this status."
)
@click.option(
    "--step",
    type=option_type(NonNegativeInt),
    metavar="N",
    help="Show samples that the policy wrote after N steps.",
)
@click.option(
    "--limit",
    type=option_type(PositiveInt),
    metavar="N",
    help=f"Show the last N samples, or the first N tasks.  [default: {_MOST_SHOWN} samples, all tasks]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def show(
    run: Path,
    task: str | None,
    status: str | None,
    step: int | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Show the samples of a run, finished or not.

    RUN is the output folder of rltf run. Without --task, --status and --step, prints a table of the
    tasks. Otherwise, prints the last samples, each with its verdict, the failing test, the rewards
    and the diagnosis, and with every token tinted by its advantage: red below 0, green above 0.

    FORCE_COLOR=1 keeps the colours in a pager, NO_COLOR=1 leaves them out.
    """
    from rltf.samples.run_samples import Wanted, run_samples
    from rltf.trainer.run_folder import read_config

    config = read_config(run)
    if config is None:
        raise ConfigError(f"{run} holds no run: there is no config.json in it")
    wanted = Wanted(task, status, step)
    lines = run_samples(run / "samples.jsonl", wanted)
    if wanted == Wanted():
        _show_tasks(lines, config, limit, as_json)
    elif as_json:
        for line in lines if limit is None else deque(lines, limit):
            click.echo(json.dumps(line))
    else:
        _show_samples(lines, config, limit or _MOST_SHOWN)


def _show_tasks(
    lines: Iterator[dict[str, Any]], config: Config, limit: int | None, as_json: bool
) -> None:
    from tabulate import tabulate

    from rltf.explain.failure import plain
    from rltf.samples.run_samples import task_summaries
    from rltf.scoring.scorer import parse_rewards

    weights = {name: spec.weight for name, spec in parse_rewards(config.reward).items()}
    tasks = list(itertools.islice(task_summaries(lines, weights), limit))
    if as_json:
        for task in tasks:
            click.echo(json.dumps(task.to_dict()))
        return
    rows = [
        [plain(task.task_id), task.samples, task.passed, task.best if task.samples else "",
         task.last, task.greedy, "" if task.reward is None else f"{task.reward:.3f}"]
        for task in tasks
    ]  # fmt: skip
    headers = ("task", "samples", "passed", "best", "last", "greedy", "mean reward")
    align = ("left", "right", "right", "left", "left", "left", "right")
    click.echo(tabulate(rows, headers, colalign=align, disable_numparse=True))


def _show_samples(lines: Iterator[dict[str, Any]], config: Config, limit: int) -> None:
    from rltf.explain.tinted_program import paint_for

    counted = itertools.count()
    samples = deque((line for line, _ in zip(lines, counted, strict=False)), limit)
    found = next(counted)
    paint = paint_for(sys.stdout, os.environ)
    problems = _problems(config, {line["task_id"] for line in samples})
    with manager.get("executor", "sandbox", workers=1, isolation=config.isolation) as sandbox:
        for line in samples:
            text = _sample_lines(line, config, problems.get(line["task_id"]), sandbox, paint)
            click.echo("\n".join([*text, ""]), color=True)
    if not found:
        click.echo("no samples")
    elif found > len(samples):
        click.echo(f"the last {len(samples)} of {found} samples; --limit N shows more")


def _problems(config: Config, task_ids: set[str]) -> Mapping[str, Problem]:
    """Return the problems of some tasks; none, with a note, if the dataset cannot be read."""
    try:
        dataset = manager.get("dataset", config.dataset, path=config.data)
        return {each.task_id: each for each in dataset.problems() if each.task_id in task_ids}
    except (RltfError, OSError) as error:
        click.echo(f"rltf: failing tests are not shown: {error}", err=True)
        return {}


def _sample_lines(
    line: Mapping[str, Any],
    config: Config,
    problem: Problem | None,
    sandbox: Sandbox,
    paint: Paint,
) -> Iterator[str]:
    from rltf.explain.failure import explain, plain
    from rltf.explain.tinted_program import legend, tinted_lines
    from rltf.samples.verdict_line import verdict_from_dict

    verdict = verdict_from_dict(line)
    kind = "greedy program" if line["greedy"] else f"sample {line['sample']}"
    passed = sum(test.passed for test in verdict.tests)
    yield (
        f"{plain(line['task_id'])}, {kind}, after step {line['policy_step']}: {verdict.status}, "
        f"{passed} of {len(verdict.tests)} tests passed{', truncated' * line['truncated']}"
    )
    rewards = [f"{name} {_number(value)}" for name, value in line["rewards"].items()]
    yield f"rewards: {', '.join(rewards)}"
    if problem is not None:
        yield from _diagnosis(line, config, problem)
        if verdict.reason:
            yield f"reason: {plain(verdict.reason)}"
        elif not verdict.passed:
            yield from explain(sandbox, problem, line["solution"], verdict)[1:]
    elif verdict.error is not None:
        yield f"E   {plain(f'{verdict.error.type}: {verdict.error.message}')}"
    steps = line.get("advantages") or ()
    if steps:
        yield legend(steps, paint)
    elif not line["greedy"]:
        is_known = "advantages" in line
        yield "training learns nothing from it" if is_known else "this run kept no advantages"
    yield from tinted_lines(line["solution"], steps, paint)


def _diagnosis(line: Mapping[str, Any], config: Config, problem: Problem) -> Iterator[str]:
    from rltf.explain.failure import plain
    from rltf.sample import Sample
    from rltf.samples.verdict_line import verdict_from_dict

    classify = manager.get("classifier", config.classifier)
    sample = Sample(line["task_id"], line["solution"], index=line["sample"])
    diagnosis = classify(problem, sample, verdict_from_dict(line))
    if diagnosis is None:
        return
    error = f", {plain(diagnosis.sub_error)}" if diagnosis.sub_error else ""
    place = {"global": ", the whole program", "ignore": ""}.get(diagnosis.granularity)
    if place is None and diagnosis.lines:
        first, last = diagnosis.lines
        place = f", line {first}" if first == last else f", lines {first} to {last}"
    yield f"diagnosis: {diagnosis.category}{error}{place or ''}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
