"""Everything that decides a benchmark's samples and verdicts, and the digest over all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass
from typing import Any

from rltf.common.schema import SCHEMA as SCHEMA
from rltf.dataset import Isolation
from rltf.errors import BenchError as BenchError
from rltf.limits import Limits
from rltf.problem import Problem
from rltf.sampling import Sampling
from rltf.sandbox.guest.both.values import encode
from rltf.sandbox.judging.name_origins import names_of


@dataclass(frozen=True)
class CriticSampling:
    """What refines and repairs samples (``rltf.bench.critic_sampling``), by digests of the weights."""

    critic: str
    repair_policy: str
    """Its name."""
    repair_model: str


@dataclass(frozen=True)
class BenchConfig:
    """The options of a benchmark, resolved."""

    dataset: str
    split: str
    """``all``, or the split whose problems are solved."""
    policy: str
    prompt: str
    preset: str | None
    """What the conditions were taken from (``--like``, ``--zero-shot``)."""
    sampling: Sampling
    limits: Limits
    """Of problems that have none of their own."""
    n: int
    seed: int
    batch_size: int
    """Requests that the model is given together."""
    model: str
    """Digest of the weights; the name of a model that is served elsewhere."""
    data: str
    """Digest of the problems."""
    asked: str
    """Digest of the prompts and the stop strings: what the name of a format stands for may change."""
    critic_sampling: CriticSampling | None = None
    """``None``: the samples are as the policy wrote them."""
    isolation: Isolation = "test"
    """Whether the tests of a program share a process."""

    @property
    def digest(self) -> str:
        """Over what decides the samples and their verdicts, under whatever names it was given."""
        options = asdict(self)
        for name in ("dataset", "split", "policy", "preset"):
            del options[name]
        if self.critic_sampling is None:
            del options["critic_sampling"]
        if self.isolation == "test":  # as it was for every folder before there was a choice
            del options["isolation"]
        return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """What config.json holds."""
        return {"schema": SCHEMA} | asdict(self) | {"digest": self.digest}


def data_digest(problems: Iterable[Problem]) -> str:
    """Over all of the problems, in order; of reference programs, over what they say of test code."""
    digest = hashlib.sha256()
    for problem in problems:
        said = vars(problem) | {
            "solutions": (),
            "tests": [tuple(vars(test).items()) for test in problem.tests],
            "limits": problem.limits and astuple(problem.limits),
        }
        if any(test.kind == "assert" for test in problem.tests):
            names = names_of(problem)
            if names.standard or names.undecided:  # what reference programs may have decided
                said["names"] = names.order, dict(names.undecided)
        digest.update(encode(tuple(said.items()), lambda other: repr(other).encode()))
    return digest.hexdigest()[:16]
