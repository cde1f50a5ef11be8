"""OpenRLHF: the file for ``--reward.remote_url``.

    --reward.remote_url $(python -c "import rltf.adapters.openrlhf as f; print(f.__file__)")
    --data.label_key tests

The label holds the tests (:mod:`rltf.adapters.problem_columns`). OpenRLHF calls ``reward_func`` from
a thread for each sample; the calls share one sandbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rltf.adapters.completions import batch, plain_prompt
from rltf.adapters.grader import Grader, job_of
from rltf.adapters.problem_columns import problem_of_answer
from rltf.scoring.pipeline import Job

GRADER = Grader()
"""What it rewards. A file of one's own may set another one before it hands out ``reward_func``."""


def reward_func(
    queries: Sequence[str], prompts: Sequence[str], labels: Sequence[object], **_: Any
) -> dict[str, Any]:
    """Return ``rewards`` and ``scores`` (B,), and ``extra_logs`` of tensors (B,).

    A score is the share of tests passed, for dynamic filtering.

    Args:
        queries: Prompts with their responses, as OpenRLHF decodes them.
        prompts: The prompts alone.
        labels: The tests of each problem.

    Raises:
        SandboxError: A sample could not be scored. OpenRLHF logs that at level INFO, and stops.
        DataError: A label holds no tests.
    """
    rows = batch(queries=queries, prompts=prompts, labels=labels)
    scored = GRADER.grade([_job(*row) for row in rows])
    import torch

    verdicts = [each.verdict for each in scored]
    return {
        "rewards": torch.tensor([GRADER.reward(each) for each in scored], dtype=torch.float32),
        "scores": torch.tensor([verdict.pass_ratio for verdict in verdicts], dtype=torch.float32),
        "extra_logs": {
            "passed": torch.tensor([verdict.passed for verdict in verdicts], dtype=torch.float32)
        },
    }


def _job(query: object, prompt: object, label: object) -> Job:
    prompt = plain_prompt(prompt)
    response = query.removeprefix(prompt) if isinstance(query, str) else query
    return job_of(problem_of_answer(label, prompt, name="label"), response)
