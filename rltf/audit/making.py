"""Makes the audit of a dataset, which an interrupted command can continue, and keeps it."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rltf import __version__
from rltf.audit import cache
from rltf.audit.auditor import CHECKS, Auditor, Check, audit_all
from rltf.audit.duplicates import duplicates, leaks
from rltf.audit.findings import AuditReport, Finding, ProblemAudit
from rltf.audit.free_rewards import Payer
from rltf.audit.sandboxes import Sandboxes
from rltf.common.digests import path_digest
from rltf.common.progress import progress
from rltf.problem import Problem
from rltf.sandbox.client import cpu_cores

if TYPE_CHECKING:
    from rltf.bench.dataset_slice import DatasetSlice


@dataclass(frozen=True)
class AuditOptions:
    """What decides an audit, beside the problems."""

    rewards: str
    """The rewards that idle programs are paid by, as ``A,B``."""
    data: str | None
    """The file or folder of the dataset."""
    executor: str
    checks: frozenset[Check] = frozenset(CHECKS)
    seed: int = 0
    limit: int | None = None

    def identity(self, dataset: str, split: str) -> str:
        """Return a digest of everything that the audits of single problems depend on."""
        parts = [__version__, sys.version, dataset, path_digest(self.data), split, self.limit]
        parts += [sorted(self.checks), self.rewards, self.seed, self.executor]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def make(
    dataset_slice: DatasetSlice,
    options: AuditOptions,
    sandboxes: Sandboxes,
    held_out: Mapping[str, Sequence[Problem]],
    done: Sequence[ProblemAudit],
    write: Callable[[Mapping[str, Any]], None],
) -> AuditReport:
    """Audit the problems, and return the report.

    Args:
        dataset_slice: The problems.
        options: How they are audited.
        sandboxes: The executors.
        held_out: Dataset name to its problems, which must not be among these.
        done: Audits of the first problems, which an interrupted command has made.
        write: Takes the JSON form of each further audit as soon as it is made.

    Raises :class:`rltf.errors.UserError` for a wrong name of a reward, before any work is done.
    """
    audits = list(done)
    payer = Payer(options.rewards)
    auditor = Auditor(sandboxes, payer, options.checks, options.seed)
    left = dataset_slice.problems[len(audits) :]
    results = audit_all(left, auditor, cpu_cores.available())
    for result in progress(results, total=len(left), unit="problems"):
        write(result.to_dict())
        audits.append(result)
    return AuditReport(
        dataset_slice.dataset,
        dataset_slice.split,
        options.seed,
        tuple(each for each in CHECKS if each in options.checks),
        tuple(_with_repetitions(audits, dataset_slice.problems, options, held_out)),
    )


def keep(report: AuditReport, options: AuditOptions) -> None:
    """Keep the audit for training runs, if it has all problems and all checks."""
    if len(options.checks) == len(CHECKS) and options.limit is None and report.split == "all":
        cache.store(report, options.data)


def _with_repetitions(
    audits: Sequence[ProblemAudit],
    problems: Sequence[Problem],
    options: AuditOptions,
    held_out: Mapping[str, Sequence[Problem]],
) -> list[ProblemAudit]:
    """Return the audits with the duplicates among all problems, and with those held out."""
    if "duplicates" not in options.checks:
        return list(audits)
    more: dict[str, list[Finding]] = leaks(problems, held_out)
    for task_id, finding in duplicates(problems).items():
        more.setdefault(task_id, []).append(finding)
    return [
        replace(each, findings=(*each.findings, *more.get(each.task_id, ()))) for each in audits
    ]
