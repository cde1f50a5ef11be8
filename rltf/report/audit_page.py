"""The page of an audit: the faults of a dataset, by kind and by problem."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rltf.audit.findings import AuditReport, ProblemAudit
from rltf.report.page_model import Chart, Page, Section, Series, Table, Tile, percent

_MOST_ROWS = 5000


def audit_page(file: Path, data: Mapping[str, Any]) -> Page:
    """Return the page of an audit; :class:`rltf.errors.DataError` if the file is something else."""
    report = AuditReport.from_dict(data)
    weak = report.weak
    interval = weak.interval
    bounds = f"95 %: {percent(interval[0])} to {percent(interval[1])}" if interval else ""
    mutants = sum(each.mutants or 0 for each in report.problems)
    left_out = len(report.left_out)
    tiles = [
        Tile("Problems", f"{len(report.problems):,}"),
        Tile("Weak tests", percent(weak.value), bounds, "bad" if weak.count else "good"),
        Tile("Left out", f"{left_out:,}", "must not be trained on", "bad" if left_out else "good"),
        Tile("Mutants tried", f"{mutants:,}", "small changes of the references"),
    ]
    sections = [
        Section("Faults by kind", [_kinds(report)], [_kind_table(report)]),
        Section("Faults by problem", (), [_findings(report)]),
        Section("What could not be checked", (), _unchecked(report)),
    ]
    checks = ", ".join(report.checks)
    about = [("dataset", report.dataset), ("split", report.split), ("seed", str(report.seed)),
             ("checks", checks), ("file", str(file))]  # fmt: skip
    return Page(
        "audit",
        f"Audit of {report.dataset}",
        f"split {report.split}, {len(report.problems)} problems",
        tiles=tiles,
        sections=[each for each in sections if each.charts or each.tables],
        about=about,
    )


def _kinds(report: AuditReport) -> Chart:
    counts = report.counts()
    names = [kind.replace("_", " ") for kind in counts]
    ends = [share.interval or (None, None) for share in counts.values()]
    series = Series(
        "problems",
        names,
        [share.value for share in counts.values()],
        [low for low, _ in ends],
        [high for _, high in ends],
    )
    note = "The lines are 95 % intervals (Wilson)."
    return Chart(
        "kinds", "Share of problems with each fault", "groups", [series], "percent", "", note
    )


def _kind_table(report: AuditReport) -> Table:
    rows = [
        [kind.replace("_", " "), str(share.count), str(share.of), percent(share.value)]
        for kind, share in report.counts().items()
    ]
    return Table("Problems with each fault", ("fault", "problems", "of", "share"), rows)


def _findings(report: AuditReport) -> Table:
    rows = [row for problem in report.problems for row in _rows(problem)]
    note = f"The first {_MOST_ROWS} of {len(rows)}." if len(rows) > _MOST_ROWS else ""
    columns = ("problem", "fault", "what", "consequence", "evidence")
    return Table("Every finding", columns, rows[:_MOST_ROWS], note or ("" if rows else "None."))


def _rows(problem: ProblemAudit) -> list[list[str]]:
    return [
        [
            problem.task_id,
            finding.kind.replace("_", " "),
            finding.what,
            finding.consequence.replace("_", " "),
            "\n".join(finding.evidence),
        ]
        for finding in problem.findings
    ]


def _unchecked(report: AuditReport) -> list[Table]:
    rows = [[each.task_id, what] for each in report.problems for what in each.unchecked]
    return [Table("Unchecked", ("problem", "what"), rows[:_MOST_ROWS])] if rows else []
