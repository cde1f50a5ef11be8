"""What an audit finds: data that is written to ``audit.json`` and read from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from rltf.common.pass_at_k import wilson
from rltf.common.schema import SCHEMA
from rltf.errors import DataError

Kind = Literal[
    "weak_tests",
    "failing_reference",
    "slow_reference",
    "fragile",
    "contradiction",
    "free_reward",
    "attack",
    "duplicate",
    "leak",
]
Consequence = Literal["left_out", "mended", "noted"]
"""What ``--out`` does with the problem: leave it out, add tests to it, or keep it as it is."""

KINDS: tuple[Kind, ...] = get_args(Kind)
CONSEQUENCES: tuple[Consequence, ...] = get_args(Consequence)


@dataclass(frozen=True)
class Finding:
    """One fault of one problem."""

    kind: Kind
    what: str
    """The fault, as one line for a person."""
    consequence: Consequence
    evidence: tuple[str, ...] = ()
    """Lines of code, tests or names that show it."""


@dataclass(frozen=True)
class Coverage:
    """What the tests run of the first reference that passes them."""

    statements: int
    statements_run: int
    branches: int
    """Two for each condition."""
    branches_run: int


@dataclass(frozen=True)
class ProblemAudit:
    """What the audit found in one problem."""

    task_id: str
    findings: tuple[Finding, ...] = ()
    mutants: int | None = None
    """Mutants of the references that were tried; ``None`` if the tests' strength is unknown."""
    survivors: int = 0
    """Of these, those that pass all tests and fail a new one."""
    coverage: Coverage | None = None
    rewards: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    """Reward to program (``right``, ``empty``, …) to what the reward pays for it."""
    attacks: Mapping[str, int] = field(default_factory=dict)
    """Judging (``split``, ``guarded``) to the number of attacks that pass."""
    unchecked: tuple[str, ...] = ()
    """What could not be checked, and why."""

    def has(self, kind: Kind) -> bool:
        """Return whether there is a finding of this kind."""
        return any(finding.kind == kind for finding in self.findings)

    @property
    def left_out(self) -> str:
        """Why the problem should not be trained on; empty if it may be."""
        reasons = [each.what for each in self.findings if each.consequence == "left_out"]
        return "; ".join(reasons)

    @property
    def is_mended(self) -> bool:
        """Whether more tests would help."""
        return any(each.consequence == "mended" for each in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, which :meth:`from_dict` reads."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ProblemAudit:
        """Read the JSON form; raise :class:`DataError` if it is another one."""
        try:
            findings = [
                Finding(**each | {"evidence": tuple(each["evidence"])}) for each in data["findings"]
            ]
            coverage = data["coverage"] and Coverage(**data["coverage"])
            known = {"findings": tuple(findings), "coverage": coverage}
            known["unchecked"] = tuple(data["unchecked"])
            return cls(**dict(data) | known)
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(f"this is no problem of an audit ({error!r:.80})") from None


@dataclass(frozen=True)
class Share:
    """A share of problems, with its 95 % interval (Wilson, 1927)."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper end; ``None`` for a share of nothing."""
        return wilson(self.count, self.of) if self.of else None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"count": self.count, "of": self.of, "share": self.value, "interval": self.interval}


@dataclass(frozen=True)
class AuditReport:
    """The audit of a dataset."""

    dataset: str
    split: str
    seed: int
    checks: tuple[str, ...]
    problems: tuple[ProblemAudit, ...] = field(repr=False)

    @property
    def weak(self) -> Share:
        """The problems with weak tests, as a share of those whose tests could be tried."""
        tried = [each for each in self.problems if each.mutants is not None]
        return Share(sum(each.has("weak_tests") for each in tried), len(tried))

    @property
    def left_out(self) -> dict[str, str]:
        """Task id to reason, for the problems that should not be trained on."""
        return {each.task_id: each.left_out for each in self.problems if each.left_out}

    def counts(self) -> dict[Kind, Share]:
        """Kind of finding to the share of problems that have one."""
        total = len(self.problems)
        shares = {kind: Share(_having(self.problems, kind), total) for kind in KINDS}
        return shares | {"weak_tests": self.weak}

    def coverage(self) -> Coverage | None:
        """Return the sum of all coverages."""
        known = [each.coverage for each in self.problems if each.coverage]
        if not known:
            return None
        names = ("statements", "statements_run", "branches", "branches_run")
        return Coverage(*(sum(getattr(each, name) for each in known) for name in names))

    def to_dict(self) -> dict[str, Any]:
        """Return the form of ``audit.json``."""
        coverage = self.coverage()
        return {
            "schema": SCHEMA,
            "dataset": self.dataset,
            "split": self.split,
            "seed": self.seed,
            "checks": list(self.checks),
            "problems": len(self.problems),
            "findings": {kind: share.to_dict() for kind, share in self.counts().items()},
            "mutants": sum(each.mutants or 0 for each in self.problems),
            "survivors": sum(each.survivors for each in self.problems),
            "coverage": coverage and asdict(coverage),
            "left_out": self.left_out,
            "audits": [each.to_dict() for each in self.problems],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AuditReport:
        """Read ``audit.json``; raise :class:`DataError` if it is something else."""
        try:
            audits = tuple(map(ProblemAudit.from_dict, data["audits"]))
            checks = tuple(data["checks"])
            return cls(data["dataset"], data["split"], data["seed"], checks, audits)
        except (KeyError, TypeError) as error:
            raise DataError(f"this is no audit of rltf ({error!r:.80})") from None


def _having(problems: Sequence[ProblemAudit], kind: Kind) -> int:
    return sum(each.has(kind) for each in problems)


def one_line(text: str, most: int = 200) -> str:
    """Return a text without line breaks, cut to a length."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def lines_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Return evidence of which each item is one line."""
    return tuple(map(one_line, texts))
