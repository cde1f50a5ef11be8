"""``rltf audit``: find the problems of a dataset that cannot be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from rltf import manager
from rltf.cli.audit_report import open_sandboxes, write_report
from rltf.cli.dataset_options import data_option, limit_option, seed_option, split_option
from rltf.cli.option_type import option_type
from rltf.cli.resumable_output import writing
from rltf.cli.sandbox_options import executor_option, require_layer
from rltf.common.did_you_mean import nearest
from rltf.common.file_writes import write_json
from rltf.common.long_integers import dumps
from rltf.common.options import NonNegativeInt, Share
from rltf.common.progress import progress
from rltf.errors import Refused
from rltf.reward import DEFAULT_REWARDS
from rltf.sandbox.client import cpu_cores

if TYPE_CHECKING:
    from rltf.audit.auditor import Check
    from rltf.audit.findings import AuditReport
    from rltf.audit.mending import Mended
    from rltf.problem import Problem

_SHOWN = 3


@click.command()
@click.argument("dataset")
@data_option
@split_option
@limit_option
@click.option(
    "--check",
    metavar="A,B",
    help="Only these checks: references, fragile, contradictions, weak, rewards, attacks, "
    "duplicates.  [default: all]",
)
@click.option(
    "--reward",
    "spec",
    metavar="A,B",
    help="Rewards to check for payment without work.  [default: all that need no options]",
)
@click.option(
    "--against",
    multiple=True,
    metavar="NAME[=PATH]",
    help="Dataset whose problems must not be in this one, such as a benchmark. Repeatable.",
)
@click.option(
    "--report",
    default=Path("audit.json"),
    show_default=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Report to write.",
)
@click.option(
    "--out",
    metavar="PROBLEMS.jsonl",
    type=click.Path(path_type=Path),
    help="Also write a better problem file: more tests for weak problems, no broken ones.",
)
@click.option(
    "--max-weak",
    type=option_type(Share),
    metavar="SHARE",
    help="End with exit code 1 if a larger share of problems has weak tests.",
)
@click.option(
    "--show",
    type=option_type(NonNegativeInt),
    default=_SHOWN,
    show_default=True,
    metavar="N",
    help="Show the first N findings of each kind.",
)
@seed_option
@executor_option
@require_layer
def audit(
    dataset: str,
    data: str | None,
    split: str,
    limit: int | None,
    check: str | None,
    spec: str | None,
    against: Sequence[str],
    report: Path,
    out: Path | None,
    max_weak: float | None,
    show: int,
    seed: int,
    executor: str,
) -> None:
    """Find the problems in DATASET that cannot be trusted, and say why.

    Finds tests that accept wrong programs, references that fail or are fragile, contradictions,
    rewards that are paid without work, attacks that pass, and duplicates. Writes a report, which is
    also kept for rltf run --audit.

    Rerun an interrupted command to resume it.
    """
    from rltf.audit.free_rewards import Payer
    from rltf.audit.making import AuditOptions
    from rltf.audit.mending import mended
    from rltf.audit.table import lines as table_lines
    from rltf.bench.dataset_slice import take

    checks = _checks(check)
    dataset_slice = take(dataset, data, split, limit)
    _require_other_files(report, out, data, *(name.partition("=")[2] for name in against))
    if spec is None:
        spec = _every_reward() if "rewards" in checks else DEFAULT_REWARDS
    options = AuditOptions(spec, data, executor, checks, seed, limit)
    held_out = {name: _held_out(name) for name in against}
    better = nullcontext() if out is None else writing(out, data)
    with better as file, open_sandboxes(dataset_slice, executor) as sandboxes:
        found = write_report(dataset_slice, options, report, sandboxes, held_out)
        for line in table_lines(found, show):
            click.echo(line)
        if file is not None:
            problems, workers = dataset_slice.problems, cpu_cores.available()
            better_problems = mended(found, problems, sandboxes, Payer(spec), workers)
            made = _write_better(better_problems, found, file)
            write_json(report, found.to_dict() | {"better": made})
    click.echo(str(report))
    share = found.weak.value
    if max_weak is not None and share is not None and share > max_weak:
        raise click.ClickException(
            f"{share:.1%} of the problems have weak tests, and --max-weak allows {max_weak:.1%}."
        )


def _checks(text: str | None) -> frozenset[Check]:
    from rltf.audit.auditor import CHECKS

    if text is None:
        return frozenset(CHECKS)
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in CHECKS:
            hint = nearest(name, CHECKS, repr)
            raise click.UsageError(f"--check: there is no check {name!r}{hint or '.'}")
    return frozenset(each for each in CHECKS if each in names)


def _require_other_files(report: Path, *others: Path | str | None) -> None:
    """Refuse a report that would replace a file of the data, or the better problem file."""
    for other in [Path(each) for each in others if each]:
        if report.absolute() == other.absolute() or (
            report.exists() and other.exists() and report.samefile(other)
        ):
            raise Refused(
                f"cannot write the report to {report}: it is another file of this command."
            )


def _every_reward() -> str:
    """Return all rewards that need no options, and name the others."""
    from rltf.audit.free_rewards import every_reward

    rewards, left_out = every_reward()
    for name, reason in left_out.items():
        click.echo(f"rltf: reward {name} is left out: {reason}", err=True)
    return rewards


def _held_out(text: str) -> Sequence[Problem]:
    """Return the problems of ``NAME`` or ``NAME=PATH``."""
    name, _, path = text.partition("=")
    problems: Sequence[Problem] = manager.get("dataset", name, path=path or None).problems()
    return problems


def _write_better(results: Iterable[Mended], report: AuditReport, file: TextIO) -> dict[str, Any]:
    """Write the better problem file; say and return what was left out and why."""
    from rltf.plugins.datasets.file import problem_line

    left_out = dict(report.left_out)
    written = tests = 0
    total = len(report.problems) - len(left_out)
    for result in progress(results, total=total, unit="problems"):
        task_id = result.problem.task_id
        if result.left_out:
            left_out[task_id] = result.left_out
            continue
        try:
            line = dumps(problem_line(result.problem))
        except (TypeError, ValueError) as error:
            left_out[task_id] = f"it cannot be written: {error}"
            continue
        file.write(f"{line}\n")
        written += 1
        tests += result.added
    for task_id, reason in left_out.items():
        click.echo(f"rltf: left out {task_id}: {reason}", err=True)
    added = f"{tests} test{'s' * (tests != 1)} added"
    click.echo(f"rltf: {written} of {len(report.problems)} problems, {added}", err=True)
    return {"problems": written, "tests_added": tests, "left_out": left_out}
