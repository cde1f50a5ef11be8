"""Reinforcement learning from unit test feedback.

    import rltf

    problem = rltf.Problem("double", "", [rltf.TestCase.stdin("2", "4")])
    with rltf.Sandbox() as sandbox:
        print(sandbox.judge(problem, "print(2 * int(input()))").status)

``import rltf`` is cheap: each name comes when it is first used, and none of them imports torch before
a model is loaded. So Ctrl-C hits ``rltf.__main__``, which ends in one line, not an import up here.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rltf.common import moved_modules

if TYPE_CHECKING:
    from rltf import manager, testing
    from rltf.dataset import Dataset, LoadedDataset
    from rltf.diagnosis import Diagnosis
    from rltf.errors import DataError
    from rltf.hookspecs import hookimpl
    from rltf.limits import Limits
    from rltf.models.policy import Policy
    from rltf.models.writer import Completion, Writer
    from rltf.problem import Problem, Rule, TestCase
    from rltf.prompt import PromptFormat
    from rltf.reward import Judged, RewardTerm, ScoredSample
    from rltf.sample import Sample
    from rltf.sandbox import Sandbox
    from rltf.scoring.pipeline import score
    from rltf.spans import TokenMap, line_span, token_rewards, token_table
    from rltf.trainer.objective import Objective
    from rltf.verdict import ProgramError, TestOutcome, Verdict

moved_modules.install()

__version__ = "0.1.0"

__all__ = [
    "Completion",
    "DataError",
    "Dataset",
    "Diagnosis",
    "Judged",
    "Limits",
    "LoadedDataset",
    "Objective",
    "Policy",
    "Problem",
    "ProgramError",
    "PromptFormat",
    "RewardTerm",
    "Rule",
    "Sample",
    "Sandbox",
    "ScoredSample",
    "TestCase",
    "TestOutcome",
    "TokenMap",
    "Verdict",
    "Writer",
    "__version__",
    "hookimpl",
    "line_span",
    "manager",
    "score",
    "testing",
    "token_rewards",
    "token_table",
]

_MODULES = {
    "Completion": "rltf.models.writer",
    "DataError": "rltf.errors",
    "Dataset": "rltf.dataset",
    "Diagnosis": "rltf.diagnosis",
    "Judged": "rltf.reward",
    "Limits": "rltf.limits",
    "LoadedDataset": "rltf.dataset",
    "Objective": "rltf.trainer.objective",
    "Policy": "rltf.models.policy",
    "Problem": "rltf.problem",
    "ProgramError": "rltf.verdict",
    "PromptFormat": "rltf.prompt",
    "RewardTerm": "rltf.reward",
    "Rule": "rltf.problem",
    "Sample": "rltf.sample",
    "Sandbox": "rltf.sandbox",
    "ScoredSample": "rltf.reward",
    "TestCase": "rltf.problem",
    "TestOutcome": "rltf.verdict",
    "TokenMap": "rltf.spans",
    "Verdict": "rltf.verdict",
    "Writer": "rltf.models.writer",
    "hookimpl": "rltf.hookspecs",
    "line_span": "rltf.spans",
    "score": "rltf.scoring.pipeline",
    "token_rewards": "rltf.spans",
    "token_table": "rltf.spans",
}
"""Public name to the module that is imported when the name is first used."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), name)
    if name in ("manager", "testing"):
        return importlib.import_module(f"rltf.{name}")
    raise AttributeError(f"module 'rltf' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*(name for name in globals() if name.startswith("__")), *__all__})
