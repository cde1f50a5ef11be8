"""slime: reward functions for one sample and for a group.

    --custom-rm-path rltf.adapters.slime.custom_rm
    --custom-rm-path rltf.adapters.slime.batched_custom_rm --group-rm
    --label-key tests

The label holds the tests (:mod:`rltf.adapters.problem_columns`). ``sample.metadata["rltf"]`` gets
the verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rltf.adapters.completions import plain_prompt
from rltf.adapters.grader import Grader, job_of
from rltf.adapters.problem_columns import problem_of_answer
from rltf.samples.verdict_line import verdict_to_dict

GRADER = Grader()
"""What it rewards. A module of one's own may set another one."""


async def custom_rm(args: Any, sample: Any, **_: Any) -> float:
    """Return the reward of one sample. See :func:`batched_custom_rm` for errors."""
    (value,) = await batched_custom_rm(args, [sample])
    return value


async def batched_custom_rm(args: Any, samples: Sequence[Any], **_: Any) -> list[float]:
    """Return the reward of each sample.

    Raises:
        SandboxError: A sample could not be scored.
        DataError: A label holds no tests.
    """
    jobs = [
        job_of(
            problem_of_answer(sample.label, plain_prompt(sample.prompt), name="label"),
            sample.response,
        )
        for sample in samples
    ]
    values = []
    for sample, scored in zip(samples, await GRADER.grade_async(jobs), strict=True):
        values.append(GRADER.reward(scored))
        sample.metadata = {**(sample.metadata or {}), "rltf": verdict_to_dict(scored.verdict)}
    return values
