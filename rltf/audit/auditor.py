"""Audits problems, several at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from rltf.audit import attacks, contradictions, free_rewards, references, weak_tests
from rltf.audit.findings import Finding, ProblemAudit, one_line
from rltf.errors import UserError
from rltf.problem import Problem
from rltf.sandbox import SandboxError

if TYPE_CHECKING:
    from rltf.audit.free_rewards import Payer
    from rltf.audit.sandboxes import Sandboxes

Check = Literal[
    "references", "fragile", "contradictions", "weak", "rewards", "attacks", "duplicates"
]
CHECKS: tuple[Check, ...] = get_args(Check)
_WITHOUT_REFERENCES: frozenset[Check] = frozenset({"weak", "duplicates"})
_AHEAD = 2
"""Problems that are audited at one time, per worker: one waits while another is prepared."""


@dataclass(frozen=True)
class Auditor:
    """Audits one problem at a time. Safe to use from several threads."""

    sandboxes: Sandboxes
    payer: Payer
    checks: frozenset[Check]
    seed: int

    def __call__(self, problem: Problem) -> ProblemAudit:
        """Return what the checks find in a problem, except for duplicates.

        The references are judged first, unless the checks do that themselves.
        """
        if self.checks <= _WITHOUT_REFERENCES:
            judged = references.References(tuple(problem.solutions[: references.MOST_REFERENCES]))
        else:
            judged = references.judged(problem, self.sandboxes)
        findings: list[Finding] = []
        unchecked = [judged.unchecked] if judged.unchecked else []
        if "references" in self.checks:
            findings += judged.findings
        if "contradictions" in self.checks:
            sandbox = self.sandboxes.alone
            findings += contradictions.contradictions(problem, judged.passing, sandbox)
        if "fragile" in self.checks:
            findings += references.fragile(problem, judged, self.sandboxes)
        strength = weak_tests.Strength()
        if "weak" in self.checks and judged.passing:
            strength = weak_tests.strength(problem, judged.passing, self.sandboxes.alone, self.seed)
            findings += [strength.finding] if strength.finding else []
            unchecked += [strength.unchecked] if strength.unchecked else []
        paid: free_rewards.Paid = {}
        if "rewards" in self.checks and judged.passing:
            right = judged.passing[0], judged.verdicts[0]
            paid, free = free_rewards.pay(problem, right, self.payer, self.sandboxes.alone)
            findings += free
        passed: dict[str, int] = {}
        if "attacks" in self.checks:
            passed, successful = attacks.attacked(problem, self.sandboxes)
            findings += successful
        return ProblemAudit(
            problem.task_id,
            tuple(findings),
            strength.mutants,
            strength.survivors,
            strength.coverage,
            paid,
            passed,
            tuple(unchecked),
        )


def audit_all(
    problems: Sequence[Problem], auditor: Auditor, workers: int
) -> Iterator[ProblemAudit]:
    """Audit every problem, in order; one that cannot be audited does not stop the others.

    Raises :class:`UserError` for what the user has to change, such as an executor that lacks an
    option.
    """

    def audit(problem: Problem) -> ProblemAudit:
        try:
            return auditor(problem)
        except (SandboxError, UserError, OSError):
            raise
        except Exception as error:
            reason = one_line(f"everything: {type(error).__name__}: {error}")
            return ProblemAudit(problem.task_id, unchecked=(reason,))

    with warnings.catch_warnings(), ThreadPoolExecutor(_AHEAD * workers, "rltf-audit") as threads:
        # of what is in the string literals of other people's programs
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            yield from threads.map(audit, problems)
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
