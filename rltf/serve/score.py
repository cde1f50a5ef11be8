"""rltf's own ``/score``: many samples at a time, judged and rewarded as ``rltf score`` does."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, Field

from rltf.extract import unwrap
from rltf.problem import Problem
from rltf.sample import Sample
from rltf.samples.verdict_line import verdict_line
from rltf.serve.endpoint import Dialect, Endpoint
from rltf.serve.refusal import Refusal
from rltf.serve.service import Service

DIALECT = Dialect("rltf", busy_status=503)


class ScoreSample(BaseModel):
    """A program, or a model's answer that holds one."""

    task_id: str | int
    solution: str


class ScoreRequest(BaseModel):
    """Problems and samples of them."""

    problems: list[dict[str, Any]] = Field(
        description="Problems, each as in a line of a problem file (docs/datasets.md)."
    )
    samples: list[ScoreSample]


class ScoreResponse(BaseModel):
    """A result for each sample, in the order of the samples."""

    results: list[dict[str, Any]] = Field(
        description="Each as a line that rltf score writes (docs/score.md). The rewards of a "
        "sample that could not be judged are null."
    )


async def score(service: Service, request: ScoreRequest) -> ScoreResponse:
    """Judge and reward samples."""
    with service.admit(len(request.samples)):
        items = await asyncio.to_thread(_items, service, request)
        scored = await service.score(items)
    return ScoreResponse(results=[verdict_line(each) for each in scored])


def _items(service: Service, request: ScoreRequest) -> list[tuple[Problem, Sample]]:
    problems = _problems(service, request.problems)
    seen: Counter[str] = Counter()
    items = []
    for number, row in enumerate(request.samples):
        task_id = str(row.task_id)
        problem = problems.get(task_id)
        if problem is None:
            raise Refusal(422, f"samples[{number}]: no problem has the task_id {task_id!r:.80}")
        items.append((problem, sample_of(problem, row.solution, seen[task_id])))
        seen[task_id] += 1
    return items


def _problems(service: Service, rows: list[dict[str, Any]]) -> dict[str, Problem]:
    problems: dict[str, Problem] = {}
    for number, row in enumerate(rows):
        problem = problem_of(service, row, f"problems[{number}]")
        if problem.task_id in problems:
            raise Refusal(422, f"problems[{number}]: task_id {problem.task_id!r:.80} comes twice")
        problems[problem.task_id] = problem
    return problems


def problem_of(service: Service, row: dict[str, Any], where: str) -> Problem:
    """Read a problem, with limits that the server allows. ``where`` is its place in the request."""
    from rltf.plugins.datasets.file import problem_from_dict

    try:
        problem = problem_from_dict({"prompt": "", **row})
    except (ValueError, TypeError) as error:
        raise Refusal(422, f"{where}: {error}") from None
    limits = service.limits() if problem.limits is None else service.cap(problem.limits)
    return replace(problem, limits=limits)


def sample_of(problem: Problem, text: str, index: int = 0) -> Sample:
    """Return the sample that a model's answer holds."""
    program, start = unwrap(text, problem.entry_point)
    return Sample(problem.task_id, program, text=text, shift=-start, index=index)


ENDPOINTS = (
    Endpoint(
        "/score",
        "Judge and reward many samples, as rltf score does.",
        DIALECT,
        ScoreRequest,
        ScoreResponse,
        score,
    ),
)
