"""The report of an audit: for ``rltf audit``, and for ``rltf run --audit``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rltf.cli.resumable_output import continuing
from rltf.common.file_writes import write_json
from rltf.sandbox.client import cpu_cores

if TYPE_CHECKING:
    from rltf.audit.findings import AuditReport
    from rltf.audit.making import AuditOptions
    from rltf.audit.sandboxes import Sandboxes
    from rltf.bench.dataset_slice import DatasetSlice
    from rltf.problem import Problem


def audit_of_run(dataset: str, data: str | None, rewards: str, executor: str) -> Path:
    """Return the file with the last audit of a dataset; make one if there is none."""
    from rltf.audit import cache
    from rltf.audit.making import AuditOptions
    from rltf.bench.dataset_slice import take

    file = cache.file_of(dataset, data)
    if cache.cached(dataset, data) is None:
        file.parent.mkdir(parents=True, exist_ok=True)
        dataset_slice = take(dataset, data, "all", None)
        options = AuditOptions(rewards, data, executor)
        with open_sandboxes(dataset_slice, executor) as sandboxes:
            write_report(dataset_slice, options, file, sandboxes, {})
    return file


def write_report(
    dataset_slice: DatasetSlice,
    options: AuditOptions,
    report: Path,
    sandboxes: Sandboxes,
    held_out: Mapping[str, Sequence[Problem]],
) -> AuditReport:
    """Audit the problems, write the report, and keep it for training runs.

    Goes on after the problems that an interrupted command has audited.
    """
    from rltf.audit.findings import ProblemAudit
    from rltf.audit.making import keep, make

    lines_file = report.with_name(f"{report.name}.lines")
    identity = options.identity(dataset_slice.dataset, dataset_slice.split)
    with continuing(lines_file, identity, options.data) as lines:
        done = list(map(ProblemAudit.from_dict, lines.kept()))
        if done:
            total = len(dataset_slice.problems)
            click.echo(f"rltf: continuing after {len(done)} of {total} problems", err=True)
        found = make(
            dataset_slice,
            options,
            sandboxes,
            held_out,
            done,
            lambda audit: lines.write(json.dumps(audit)),
        )
        write_json(report, found.to_dict())
    lines_file.unlink()
    keep(found, options)
    return found


def open_sandboxes(dataset_slice: DatasetSlice, executor: str) -> closing[Sandboxes]:
    """Return the executors of an audit, with the isolation of its dataset."""
    from rltf.audit.sandboxes import Sandboxes
    from rltf.dataset import isolation_of

    isolation = isolation_of(dataset_slice.source)
    return closing(Sandboxes(executor, isolation, cpu_cores.available()))
