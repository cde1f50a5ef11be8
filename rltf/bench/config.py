"""The options that determine a benchmark's samples and verdicts, and their digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass
from typing import Any

from rltf.common.options import PositiveInt, check_fields
from rltf.common.schema import SCHEMA as SCHEMA
from rltf.dataset import Isolation
from rltf.errors import BenchError as BenchError
from rltf.limits import Limits
from rltf.problem import Problem
from rltf.sampling_options import Sampling
from rltf.sandbox.guest.shared.values import encode
from rltf.sandbox.judging.name_origins import names_of
from rltf.verdict import JudgingChoice


@dataclass(frozen=True)
class CriticSampling:
    """The models that refine and repair samples (:mod:`rltf.bench.critic_sampling`)."""

    critic: str
    """Digest of the critic's weights."""
    repair_policy: str
    """Name of the policy that repairs."""
    repair_model: str
    """Digest of its weights."""


@dataclass(frozen=True)
class BenchConfig:
    """The resolved options of a benchmark."""

    dataset: str
    split: str
    """The split of the problems, or ``all``."""
    policy: str
    prompt: str
    preset: str | None
    """The name of the preset (``--like``, ``--zero-shot``)."""
    sampling: Sampling
    limits: Limits
    """The limits of problems that have none of their own."""
    n: PositiveInt
    seed: int
    batch_size: PositiveInt
    """How many requests the model gets at a time."""
    model: str
    """Digest of the weights; for a model on a server, digest of its name and endpoint."""
    data: str
    """Digest of the problems."""
    asked: str
    """Digest of the prompts and the stop strings; a format may change and keep its name."""
    critic_sampling: CriticSampling | None = None
    """``None``: the samples are used as the policy wrote them."""
    isolation: Isolation = "test"
    """Whether the tests of a program share a process."""
    judging: JudgingChoice = "auto"
    """Whether test code may run in the program's process."""
    sanitize: bool = False
    """Whether programs are sanitized (:mod:`rltf.extract.sanitize`)."""

    def __post_init__(self) -> None:
        check_fields(self, BenchError)

    @property
    def digest(self) -> str:
        """The digest of everything that determines samples and verdicts, whatever its name."""
        options = asdict(self)
        for name in ("dataset", "split", "policy", "preset"):
            del options[name]
        if self.critic_sampling is None:
            del options["critic_sampling"]
        if self.isolation == "test":  # older folders, from before this option, keep their digest
            del options["isolation"]
        if self.judging == "auto":
            del options["judging"]
        if not self.sanitize:
            del options["sanitize"]
        return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """Return what config.json holds."""
        return {"schema": SCHEMA} | asdict(self) | {"digest": self.digest}

    def about(self) -> dict[str, Any]:
        """Return what results.json says of the options."""
        return {
            "digest": self.digest,
            "dataset": self.dataset,
            "split": self.split,
            "policy": self.policy,
            "prompt": self.prompt,
            "preset": self.preset,
            "sampling": asdict(self.sampling) | {"seed": self.seed},
            "limits": asdict(self.limits),
            "isolation": self.isolation,
            "judging": self.judging,
            "sanitize": self.sanitize,
            "n": self.n,
            "data": {"digest": self.data},
        }


def data_digest(problems: Iterable[Problem]) -> str:
    """Return the digest of problems, in order.

    Reference programs count only as far as they decide which names test code may use.
    """
    digest = hashlib.sha256()
    for problem in problems:
        fields = vars(problem) | {
            "solutions": (),
            "tests": [tuple(vars(test).items()) for test in problem.tests],
            "limits": problem.limits and astuple(problem.limits),
        }
        if any(test.kind == "assert" for test in problem.tests):
            names = names_of(problem)
            if names.standard or names.undecided:  # reference programs may have decided
                fields["names"] = names.order, dict(names.undecided)
        digest.update(encode(tuple(fields.items()), lambda other: repr(other).encode()))
    return digest.hexdigest()[:16]
