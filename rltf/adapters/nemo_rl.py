"""NeMo-RL: an environment.

    from nemo_rl.environments.utils import register_env
    register_env("rltf", "rltf.adapters.nemo_rl.RLTFEnvironment")

    env: {rltf: {rewards: coarse}}
    data: {env_name: rltf}

The metadata of a sample holds the tests (:mod:`rltf.adapters.problem_columns`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rltf.adapters.completions import batch
from rltf.adapters.grader import Grader, job_of
from rltf.adapters.problem_columns import problem_of
from rltf.verdict import Verdict


class EnvironmentReturn(NamedTuple):
    """What ``EnvironmentInterface.step`` returns, in NeMo-RL's order of fields."""

    observations: list[dict[str, str]]
    metadata: list[Any]
    next_stop_strings: list[Any]
    rewards: Any
    """(B,) float32"""
    terminateds: Any
    """(B,) bool; an answer is one turn"""
    answers: list[str | None] | None


class CodeEnvironment:
    """The environment without Ray, in which all of it happens.

    Args:
        config: The settings of a :class:`Grader`, from ``env.rltf``; others are ignored.
    """

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        known = Grader.__dataclass_fields__
        settings = {name: value for name, value in (config or {}).items() if name in known}
        self._grader = Grader(**settings)

    def step(
        self,
        message_log_batch: Sequence[Sequence[Mapping[str, Any]]],
        metadata: Sequence[Mapping[str, Any]],
    ) -> EnvironmentReturn:
        """Judge the last message of each conversation.

        Raises:
            SandboxError: A sample could not be scored; NeMo-RL has no word for that.
            DataError: The metadata of a sample holds no tests.
        """
        rows = batch(message_log_batch=message_log_batch, metadata=metadata)
        scored = self._grader.grade([job_of(problem_of(row), log) for log, row in rows])
        import torch

        values = [self._grader.reward(each) for each in scored]
        return EnvironmentReturn(
            observations=[
                {"role": "environment", "content": _feedback(each.verdict)} for each in scored
            ],
            metadata=list(metadata),
            next_stop_strings=[None] * len(values),
            rewards=torch.tensor(values, dtype=torch.float32),
            terminateds=torch.ones(len(values), dtype=torch.bool),
            answers=[each.sample.program for each in scored],
        )

    def global_post_process_and_metrics(self, batch: Any) -> tuple[Any, dict[str, float]]:
        """Return the batch as it is, and the mean reward."""
        rewards = batch["total_reward"]
        return batch, {"mean_reward": float(rewards.float().mean()) if len(rewards) else 0.0}

    def shutdown(self) -> None:
        """Close the sandbox of this process."""
        from rltf.adapters import grader

        grader.close()


def _feedback(verdict: Verdict) -> str:
    error = verdict.error
    return f"{verdict.status}: {error.type}: {error.message}" if error else verdict.status


def __getattr__(name: str) -> Any:
    """Make ``RLTFEnvironment``, the environment as a Ray actor, when NeMo-RL asks for it."""
    if name != "RLTFEnvironment":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import ray
    from nemo_rl.environments.interfaces import EnvironmentInterface

    actor = type("RLTFEnvironment", (CodeEnvironment, EnvironmentInterface), {})
    return ray.remote(actor)
