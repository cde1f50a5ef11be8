"""Audits problems, several at a time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from rltf.audit import attacks, contradictions, free_rewards, references, screen, weak_tests
from rltf.audit.findings import Finding, ProblemAudit, one_line
from rltf.audit.references import References
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
"""Groups that are audited at one time, per worker: one waits while another is prepared."""
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Auditor:
    """Audits problems. Safe to use from several threads."""

    sandboxes: Sandboxes
    payer: Payer
    checks: frozenset[Check]
    seed: int

    def __call__(self, problems: Sequence[Problem]) -> list[ProblemAudit]:
        """Return what the checks find in each problem, except for duplicates.

        A problem that cannot be audited does not stop the others.

        Raises :class:`UserError` for what the user has to change, such as an executor that lacks an
        option.
        """
        judged = [_attempt(partial(self._judged, problem)) for problem in problems]
        passing = [each.passing if isinstance(each, References) else () for each in judged]
        strengths = [weak_tests.Strength()] * len(problems)
        if "weak" in self.checks:
            strengths = self._strengths(list(zip(problems, passing, strict=True)))
        parts = zip(problems, judged, strengths, strict=True)
        audits = [_attempt(partial(self._audit, *each)) for each in parts]
        return [
            ProblemAudit(problem.task_id, unchecked=(audit,)) if isinstance(audit, str) else audit
            for problem, audit in zip(problems, audits, strict=True)
        ]

    def _strengths(
        self, cases: Sequence[tuple[Problem, Sequence[str]]]
    ) -> list[weak_tests.Strength]:
        """Try the problems together; if that fails, each alone, so that one hides no other."""
        found = _attempt(partial(weak_tests.strengths, cases, self.sandboxes.alone, self.seed))
        if not isinstance(found, str):
            return found
        if len(cases) == 1:
            return [weak_tests.Strength(unchecked=found.replace("everything", "mutants", 1))]
        return [strength for case in cases for strength in self._strengths([case])]

    def _judged(self, problem: Problem) -> References:
        """Judge the references, unless the checks do that themselves."""
        if self.checks <= _WITHOUT_REFERENCES:
            return References(tuple(problem.solutions[: references.MOST_REFERENCES]))
        return references.judged(problem, self.sandboxes)

    def _audit(
        self, problem: Problem, judged: References | str, strength: weak_tests.Strength
    ) -> ProblemAudit:
        if isinstance(judged, str):
            return ProblemAudit(problem.task_id, unchecked=(judged,))
        findings: list[Finding] = []
        unchecked = [judged.unchecked] if judged.unchecked else []
        if "references" in self.checks:
            findings += judged.findings
        if "contradictions" in self.checks:
            sandbox = self.sandboxes.alone
            findings += contradictions.contradictions(problem, judged.passing, sandbox)
        if "fragile" in self.checks:
            findings += references.fragile(problem, judged, self.sandboxes)
        if judged.passing:
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
    """Audit every problem, in order.

    Raises :class:`UserError` for what the user has to change, such as an executor that lacks an
    option.
    """
    size = screen.TOGETHER if "weak" in auditor.checks else 1
    groups = [problems[start : start + size] for start in range(0, len(problems), size)]
    with warnings.catch_warnings(), ThreadPoolExecutor(_AHEAD * workers, "rltf-audit") as threads:
        # of what is in the string literals of other people's programs
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            for audits in threads.map(auditor, groups):
                yield from audits
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


def _attempt(work: Callable[[], _Result]) -> _Result | str:
    """Return what the work gives, or why a problem cannot be audited."""
    try:
        return work()
    except (SandboxError, UserError, OSError):
        raise
    except Exception as error:
        return one_line(f"everything: {type(error).__name__}: {error}")
