"""Reinforcement learning from unit test feedback.

``import rltf`` is cheap: the data types come at once, the sandbox and the plugins when they are
first used, and nothing here imports torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rltf.common import moved
from rltf.diagnosis import Diagnosis
from rltf.hookspecs import hookimpl
from rltf.limits import Limits
from rltf.problem import Problem, TestCase
from rltf.reward import Judged, RewardTerm, ScoredSample
from rltf.sample import Sample
from rltf.verdict import ProgramError, TestOutcome, Verdict

if TYPE_CHECKING:
    from rltf.sandbox import Sandbox
    from rltf.scoring.pipeline import score

moved.install()

__version__ = "0.1.0"

__all__ = [
    "Diagnosis",
    "Judged",
    "Limits",
    "Problem",
    "ProgramError",
    "RewardTerm",
    "Sample",
    "Sandbox",
    "ScoredSample",
    "TestCase",
    "TestOutcome",
    "Verdict",
    "__version__",
    "hookimpl",
    "score",
]


def __getattr__(name: str) -> Any:
    match name:
        case "Sandbox":
            from rltf.sandbox import Sandbox

            return Sandbox
        case "score":
            from rltf.scoring.pipeline import score

            return score
    raise AttributeError(f"module 'rltf' has no attribute {name!r}")
