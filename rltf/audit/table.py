"""The table of an audit, for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tabulate import tabulate

from rltf.audit.findings import KINDS, AuditReport, Finding, Kind, ProblemAudit, Share

WORDS: dict[Kind, str] = {
    "weak_tests": "weak tests: a wrong mutant passes",
    "failing_reference": "a reference fails",
    "slow_reference": "a reference is near the time limit",
    "fragile": "a right program fails by chance",
    "contradiction": "tests or prompt contradict each other",
    "free_reward": "a program without work is paid",
    "attack": "an attack passes",
    "duplicate": "repeats a problem of the dataset",
    "leak": "is in a dataset of --against",
}
_IN_CHECK: dict[Kind, str] = {
    "weak_tests": "weak",
    "failing_reference": "references",
    "slow_reference": "references",
    "fragile": "fragile",
    "contradiction": "contradictions",
    "free_reward": "rewards",
    "attack": "attacks",
    "duplicate": "duplicates",
    "leak": "duplicates",
}


def lines(report: AuditReport, most_shown: int) -> Iterator[str]:
    """Yield the table, the coverage, and the first findings of each kind."""
    counts = report.counts()
    rows = [
        [WORDS[kind], counts[kind].count, counts[kind].of, *_percent(counts[kind])]
        for kind in KINDS
        if _IN_CHECK[kind] in report.checks
    ]
    columns = ("finding", "problems", "of", "share", "95 % interval")
    yield tabulate(rows, headers=columns, colalign=("left", *["right"] * 4))
    yield ""
    coverage = report.coverage()
    if coverage:
        tried = sum(each.mutants or 0 for each in report.problems)
        survivors = sum(each.survivors for each in report.problems)
        statements = Share(coverage.statements_run, coverage.statements)
        branches = Share(coverage.branches_run, coverage.branches)
        yield (
            f"mutants tried: {tried}, wrong and passing: at least {survivors}; the tests run "
            f"{_percent(statements)[0]} of the references' statements and {_percent(branches)[0]} "
            "of their branches"
        )
    unchecked = Counter(reason for each in report.problems for reason in each.unchecked)
    for reason, count in unchecked.most_common(5):
        yield f"not checked in {count} problem{'s' if count != 1 else ''}: {reason}"
    yield from _shown(report, most_shown)


def _percent(share: Share) -> tuple[str, str]:
    if share.value is None or share.interval is None:
        return "-", "-"
    low, high = share.interval
    return f"{share.value:.1%}", f"{low:.1%} to {high:.1%}"


def _shown(report: AuditReport, most: int) -> Iterator[str]:
    for kind in KINDS:
        having = [each for each in report.problems if each.has(kind)]
        if having and most:
            yield ""
            yield f"{WORDS[kind]}:"
        for audit in having[:most]:
            yield from _finding(audit, next(each for each in audit.findings if each.kind == kind))
        if most and len(having) > most:
            yield f"  … and {len(having) - most} more problems, in the report"


def _finding(audit: ProblemAudit, finding: Finding) -> Iterator[str]:
    yield f"  {audit.task_id}: {finding.what}"
    yield from (f"      {line}" for line in finding.evidence)
