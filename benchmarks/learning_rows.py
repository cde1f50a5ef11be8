"""The rows and tables of ``learning.py``: configurations of ``rltf run``, and what they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Tests = Literal["all", "first", "augmented"]
"""Tests of a training problem: all of the dataset's, its first one, or what ``rltf augment`` makes
of the first one."""


@dataclass(frozen=True)
class Row:
    """One configuration of ``rltf run``."""

    options: Mapping[str, Any] = field(default_factory=dict)
    policy: str = "tiny"
    samples_of: str | None = None
    """Row whose samples this one trains on, instead of fresh ones."""
    critic_of: str | None = None
    """Row on whose samples a critic is trained for this one."""
    tests: Tests = "all"


@dataclass(frozen=True)
class Table:
    title: str
    rows: tuple[str, ...]
    """The others are compared with the first."""


@dataclass(frozen=True)
class Size:
    """Of a policy of the architecture of ``tiny``."""

    width: int
    layers: int


SIZES = {"tiny-3m": Size(width=224, layers=5)}
"""``tiny`` has a width of 144 and 3 layers."""
SUPERVISED = {"steps": 0, "warmup_batch_size": 64}
"""As many programs in each step as the other rows train on."""
FROZEN = {"learning_rate": 1e-12, "weight_decay": 0.0}
"""Samples, as many as the other rows draw, of a policy that does not change."""

ROWS: dict[str, Row] = {
    "supervised": Row(SUPERVISED),
    "coarse": Row({"reward": "coarse"}),
    "coarse-fine": Row({"reward": "coarse,fine"}),
    "fine-adaptive": Row({"reward": "fine,adaptive"}),
    "coarse-fine-adaptive": Row({"reward": "coarse,fine,adaptive"}),
    "frozen": Row(FROZEN),
    "offline-coarse": Row({"reward": "coarse"}, samples_of="frozen"),
    "offline-coarse-fine-adaptive": Row({"reward": "coarse,fine,adaptive"}, samples_of="frozen"),
    "fine-0.1": Row({"reward": "coarse,fine:0.333,adaptive"}),
    "fine-0.5": Row({"reward": "coarse,fine:1.667,adaptive"}),
    "coarse-adaptive": Row({"reward": "coarse,adaptive"}),
    "coarse-mean": Row({"reward": "coarse", "baseline": "mean"}),
    "mean": Row({"reward": "coarse,fine,adaptive", "baseline": "mean"}),
    "temperature-0.2": Row({"temperature": 0.2}),
    "temperature-0.6": Row({"temperature": 0.6}),
    "t5-supervised": Row(SUPERVISED, policy="tiny-t5"),
    "t5-coarse-fine-adaptive": Row({"reward": "coarse,fine,adaptive"}, policy="tiny-t5"),
    "t5-fine-0.1": Row({"reward": "coarse,fine:0.333,adaptive"}, policy="tiny-t5"),
    "t5-coarse": Row({"reward": "coarse"}, policy="tiny-t5"),
    "3m-supervised": Row(SUPERVISED, policy="tiny-3m"),
    "3m-coarse": Row({"reward": "coarse"}, policy="tiny-3m"),
    "3m-coarse-fine-adaptive": Row({"reward": "coarse,fine,adaptive"}, policy="tiny-3m"),
    "coderl": Row({"reward": "coarse", "objective": "coderl"}, critic_of="frozen"),
    "ppocoder": Row({"reward": "ppocoder", "objective": "ppo"}),
    "ppo": Row({"objective": "ppo"}),
    "grpo": Row({"objective": "grpo"}),
    "rloo": Row({"objective": "rloo"}),
    "first-test": Row({"reward": "coarse,fine,adaptive"}, tests="first"),
    "augmented-tests": Row({"reward": "coarse,fine,adaptive"}, tests="augmented"),
    "with-static": Row({"reward": "coarse,fine,adaptive,static"}),
}

TABLES: dict[str, Table] = {
    "feedback": Table(
        "Which feedback (RLTF, Table 5)",
        ("supervised", "coarse", "coarse-fine", "coarse-fine-adaptive", "fine-adaptive"),
    ),
    "framework": Table(
        "Offline and online (RLTF, Table 4)",
        (
            "frozen",
            "offline-coarse",
            "coarse",
            "offline-coarse-fine-adaptive",
            "coarse-fine-adaptive",
        ),
    ),
    "penalty": Table(
        "The penalty of fine feedback (RLTF, Table 6)",
        ("coarse-fine-adaptive", "fine-0.5", "fine-0.1", "coarse-adaptive", "coarse"),
    ),
    "baseline": Table(
        "What a sample is compared with: the best program so far, or the mean of its group",
        ("coarse-fine-adaptive", "mean", "coarse", "coarse-mean"),
    ),
    "temperature": Table(
        "Sampling temperature (RLTF, Table 7)",
        ("coarse-fine-adaptive", "temperature-0.2", "temperature-0.6"),
    ),
    "backbone": Table(
        "Encoder-decoder (RLTF, Table 8)",
        ("t5-supervised", "t5-coarse", "t5-coarse-fine-adaptive", "t5-fine-0.1"),
    ),
    "size": Table(
        "Three times the parameters",
        ("3m-supervised", "3m-coarse", "3m-coarse-fine-adaptive"),
    ),
    "objective": Table(
        "Objectives, with the same number of rounds",
        ("coarse-fine-adaptive", "coderl", "ppocoder", "ppo", "grpo", "rloo"),
    ),
    "tests": Table(
        "One test for each training problem, before and after rltf augment",
        ("coarse-fine-adaptive", "first-test", "augmented-tests"),
    ),
    "static": Table(
        "Findings of the static analysis on top", ("coarse-fine-adaptive", "with-static")
    ),
}
