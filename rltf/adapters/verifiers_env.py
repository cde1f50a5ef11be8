"""verifiers and prime-rl: the tasks of any dataset of rltf.

``examples/rltf-verifiers`` is an environment package with it; once it is installed:

    uv run eval rltf-verifiers --env.taskset.dataset mbpp --env.taskset.split test
"""

from __future__ import annotations

import verifiers.v1 as vf

from rltf.adapters.dataset_rows import rows
from rltf.adapters.grader import Grader, job_of
from rltf.adapters.problem_columns import problem_of
from rltf.errors import SandboxError


class CodeData(vf.TaskData):
    """A task: what the model reads, and its problem."""

    problem: str
    """The whole problem as JSON text. It is no part of the prompt."""


class CodeTaskConfig(vf.TaskConfig):
    """Options of ``--env.taskset.task``."""

    rltf_rewards: str = "coarse"
    """See :attr:`rltf.adapters.Grader.rewards`."""


class CodeTask(vf.Task[CodeData, vf.State, CodeTaskConfig]):
    """Runs the last reply against the tests of the problem."""

    @vf.reward(weight=1.0)
    async def tests(self, trace: vf.Trace) -> float:
        """Return the reward. Raises verifiers' ``SandboxError`` if there is none."""
        grader = Grader(self.config.rltf_rewards)
        job = job_of(problem_of({"problem": self.data.problem}), trace.last_reply)
        (scored,) = await grader.grade_async([job])
        try:
            value = grader.reward(scored)
        except SandboxError as error:
            raise vf.SandboxError(str(error)) from None
        verdict = scored.verdict
        trace.record_metrics(
            {"passed": float(verdict.passed), "pass_ratio": verdict.pass_ratio or 0.0}
        )
        return value


class CodeConfig(vf.TasksetConfig):
    """Options of ``--env.taskset``."""

    dataset: str = "mini"
    """A dataset of rltf."""
    split: str | None = None
    data: str | None = None
    """The file or folder of the dataset."""
    task: CodeTaskConfig = CodeTaskConfig()


class CodeTaskset(vf.Taskset[CodeTask, CodeConfig]):
    """The problems of a dataset as tasks."""

    def load(self) -> list[CodeTask]:
        """Return a task for each problem."""
        config = self.config
        return [
            CodeTask(
                CodeData(id=row["task_id"], prompt=row["prompt"], problem=row["problem"]),
                config.task,
            )
            for row in rows(config.dataset, config.split, data=config.data)
        ]
