"""``rltf audit``: find the problems of a dataset that cannot be trusted."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from rltf import __version__, manager
from rltf.cli.option_type import option_type
from rltf.cli.resumable_output import continuing, writing
from rltf.cli.sandbox_options import executor_option, require_layer
from rltf.common.did_you_mean import nearest
from rltf.common.digests import path_digest
from rltf.common.file_writes import write_json
from rltf.common.long_integers import dumps
from rltf.common.options import NonNegativeInt, PositiveInt, Share
from rltf.common.progress import progress
from rltf.sandbox.client import cpu_cores

if TYPE_CHECKING:
    from rltf.audit.auditor import Check
    from rltf.audit.findings import AuditReport, Finding, ProblemAudit
    from rltf.audit.sandboxes import Sandboxes
    from rltf.bench.dataset_slice import DatasetSlice
    from rltf.problem import Problem

_SHOWN = 3


@click.command()
@click.argument("dataset")
@click.option("--data", metavar="PATH", help="File or folder that holds the dataset.")
@click.option("--split", metavar="NAME", default="all", show_default=True, help="Split to audit.")
@click.option(
    "--limit", type=option_type(PositiveInt), metavar="N", help="Use only the first N problems."
)
@click.option(
    "--check",
    metavar="A,B",
    help="Only these checks: references, fragile, contradictions, weak, rewards, attacks, "
    "duplicates.  [all]",
)
@click.option(
    "--reward",
    "spec",
    default="coarse,fine,adaptive",
    show_default=True,
    metavar="A,B",
    help="Rewards that programs without work are paid by.",
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
@click.option(
    "--seed",
    default=0,
    show_default=True,
    metavar="N",
    help="Random seed; the same seed gives the same output.",
)
@executor_option
@require_layer
def audit(
    dataset: str,
    data: str | None,
    split: str,
    limit: int | None,
    check: str | None,
    spec: str,
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
    from rltf.audit.table import lines as table_lines
    from rltf.bench.dataset_slice import take

    dataset_slice = take(dataset, data, split, limit)
    options = AuditOptions(_checks(check), spec, seed, executor, data, limit)
    held_out = {name: _held_out(name) for name in against}
    better = nullcontext() if out is None else writing(out, data)
    with better as file, _sandboxes(dataset_slice, executor) as sandboxes:
        found = make(dataset_slice, options, report, sandboxes, held_out)
        for line in table_lines(found, show):
            click.echo(line)
        if file is not None:
            _write_better(found, dataset_slice.problems, sandboxes, file)
    click.echo(str(report))
    share = found.weak.value
    if max_weak is not None and share is not None and share > max_weak:
        raise click.ClickException(
            f"{share:.1%} of the problems have weak tests, and --max-weak allows {max_weak:.1%}."
        )


@dataclass(frozen=True)
class AuditOptions:
    """What decides an audit, beside the problems."""

    checks: frozenset[Check]
    rewards: str
    seed: int
    executor: str
    data: str | None
    limit: int | None = None

    def identity(self, dataset: str, split: str) -> str:
        """Return a digest of everything that the lines of an audit depend on."""
        parts = [__version__, sys.version, dataset, path_digest(self.data), split, self.limit]
        parts += [sorted(self.checks), self.rewards, self.seed, self.executor]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def audit_of_run(dataset: str, data: str | None, rewards: str, executor: str) -> Path:
    """Return the file with the last audit of a dataset; make one if there is none."""
    from rltf.audit import cache
    from rltf.bench.dataset_slice import take

    file = cache.file_of(dataset, data)
    if cache.cached(dataset, data) is None:
        file.parent.mkdir(parents=True, exist_ok=True)
        dataset_slice = take(dataset, data, "all", None)
        options = AuditOptions(_checks(None), rewards, 0, executor, data)
        with _sandboxes(dataset_slice, executor) as sandboxes:
            make(dataset_slice, options, file, sandboxes, {})
    return file


def make(
    dataset_slice: DatasetSlice,
    options: AuditOptions,
    report: Path,
    sandboxes: Sandboxes,
    held_out: Mapping[str, Sequence[Problem]],
) -> AuditReport:
    """Audit the problems, write the report, and keep it for training runs."""
    from rltf.audit import cache
    from rltf.audit.auditor import CHECKS, Auditor, audit_all
    from rltf.audit.findings import ProblemAudit
    from rltf.scoring.scorer import Scorer

    Scorer(options.rewards)  # a wrong name is an error before any work is done
    total = len(dataset_slice.problems)
    auditor = Auditor(sandboxes, lambda: Scorer(options.rewards), options.checks, options.seed)
    lines_file = report.with_name(f"{report.name}.lines")
    identity = options.identity(dataset_slice.dataset, dataset_slice.split)
    with continuing(lines_file, identity, options.data) as lines:
        audits = list(map(ProblemAudit.from_dict, lines.kept()))
        if audits:
            click.echo(f"rltf: continuing after {len(audits)} of {total} problems", err=True)
        left = dataset_slice.problems[len(audits) :]
        results = audit_all(left, auditor, cpu_cores.available())
        for result in progress(results, total=len(left), unit="problems"):
            lines.write(json.dumps(result.to_dict()))
            audits.append(result)
    found = _report(dataset_slice, audits, options, held_out)
    write_json(report, found.to_dict())
    lines_file.unlink()
    if len(options.checks) == len(CHECKS) and options.limit is None and found.split == "all":
        cache.store(found, options.data)
    return found


def _sandboxes(dataset_slice: DatasetSlice, executor: str) -> closing[Sandboxes]:
    from rltf.audit.sandboxes import Sandboxes
    from rltf.dataset import isolation_of

    isolation = isolation_of(dataset_slice.source)
    return closing(Sandboxes(executor, isolation, cpu_cores.available()))


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


def _held_out(text: str) -> Sequence[Problem]:
    """Return the problems of ``NAME`` or ``NAME=PATH``."""
    name, _, path = text.partition("=")
    problems: Sequence[Problem] = manager.get("dataset", name, path=path or None).problems()
    return problems


def _report(
    dataset_slice: DatasetSlice,
    audits: Sequence[ProblemAudit],
    options: AuditOptions,
    held_out: Mapping[str, Sequence[Problem]],
) -> AuditReport:
    """Return the report, with the duplicates among all problems."""
    from rltf.audit.auditor import CHECKS
    from rltf.audit.duplicates import duplicates, leaks
    from rltf.audit.findings import AuditReport

    problems = dataset_slice.problems
    more: dict[str, list[Finding]] = {}
    if "duplicates" in options.checks:
        more = leaks(problems, held_out)
        for task_id, finding in duplicates(problems).items():
            more.setdefault(task_id, []).append(finding)
    return AuditReport(
        dataset_slice.dataset,
        dataset_slice.split,
        options.seed,
        tuple(each for each in CHECKS if each in options.checks),
        tuple(
            replace(each, findings=(*each.findings, *more.get(each.task_id, ()))) for each in audits
        ),
    )


def _write_better(
    report: AuditReport, problems: Sequence[Problem], sandboxes: Sandboxes, file: TextIO
) -> None:
    """Write the better problem file, and say what was left out and why."""
    from rltf.audit.mending import mended
    from rltf.plugins.datasets.file import problem_line

    kept = len(problems) - len(report.left_out)
    written = tests = 0
    results = mended(report, problems, sandboxes, cpu_cores.available())
    for result in progress(results, total=kept, unit="problems"):
        try:
            line = dumps(problem_line(result.problem))
        except (TypeError, ValueError) as error:
            task_id = result.problem.task_id
            click.echo(f"rltf: problem {task_id} cannot be written: {error}", err=True)
            continue
        file.write(f"{line}\n")
        written += 1
        tests += result.added
    for task_id, reason in report.left_out.items():
        click.echo(f"rltf: left out {task_id}: {reason}", err=True)
    click.echo(f"rltf: {written} of {len(problems)} problems, {tests} tests added", err=True)
