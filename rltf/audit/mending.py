"""A better dataset: without the problems that are broken, and with more tests for weak ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rltf.audit.findings import AuditReport
from rltf.augment.augmenter import Augmenter
from rltf.augment.dataset import augment_all
from rltf.problem import Problem

if TYPE_CHECKING:
    from rltf.audit.sandboxes import Sandboxes

TESTS_PER_PROBLEM = 10
_KEY = "audit"
"""The key of a problem's metadata that says what was found and done."""


@dataclass(frozen=True)
class Mended:
    """One problem of the better dataset."""

    problem: Problem
    added: int
    """Tests that were added."""


def mended(
    report: AuditReport, problems: Sequence[Problem], sandboxes: Sandboxes, workers: int
) -> Iterator[Mended]:
    """Yield the problems that are kept, in order, with new tests where they help."""
    audits = {audit.task_id: audit for audit in report.problems}
    kept = [each for each in problems if not audits[each.task_id].left_out]
    weak = [each for each in kept if audits[each.task_id].is_mended]
    augmenter = Augmenter(sandboxes.shared, sandboxes.main, TESTS_PER_PROBLEM, report.seed)
    results = augment_all(weak, augmenter, workers, seed=report.seed, wrong={}, model_inputs={})
    for problem in kept:
        audit = audits[problem.task_id]
        if not audit.is_mended:
            yield Mended(problem, 0)
            continue
        result = next(results)
        reasons = [each.what for each in audit.findings if each.consequence == "mended"]
        done = f"{result.added} tests added"
        metadata = dict(result.problem.metadata) | {_KEY: f"{'; '.join(reasons)}: {done}"}
        yield Mended(replace(result.problem, metadata=metadata), result.added)
