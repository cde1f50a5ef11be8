"""Rows for the data sets of hosts, made of any dataset of rltf."""

from __future__ import annotations

import json
from dataclasses import replace

from rltf import manager
from rltf.plugins.datasets.file import problem_line
from rltf.scoring.visibility import task_text


def rows(
    dataset: str, split: str | None = None, *, data: str | None = None
) -> list[dict[str, str]]:
    """Return a row ``{"task_id", "prompt", "problem"}`` for each problem of a dataset.

    ``prompt`` is the task with its visible tests and starter code, ``problem`` the whole problem as
    JSON text, which every adapter reads. Raises ``ValueError`` for a problem whose tests JSON cannot
    hold.

    Args:
        dataset: A name as in ``rltf bench``, such as ``mbpp``.
        split: Only the problems of this split.
        data: The file or folder of the dataset.
    """
    problems = manager.get("dataset", dataset, path=data).problems(split)
    return [
        {
            "task_id": problem.task_id,
            "prompt": task_text(problem),
            "problem": json.dumps(problem_line(replace(problem, submissions=()))),
        }
        for problem in problems
    ]
